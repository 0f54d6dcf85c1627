//! What agents beside servers say of them.

use burdock_state::CheckReport;

use super::{ServerView, metrics, n32, n64, text};

metrics! {
    57 "last_agt" TEXT "what the last agent check was answered with, or its error" {
        server: |it| last(it).and_then(|last| text(last.info));
    }
    62 "agent_status" TEXT "how the last agent check ended; marked while the next is under way" {
        server: |it| last(it).and_then(|last| {
            let mark = if it.server.state.agent.is_running() { "* " } else { "" };
            text(format!("{mark}{}", last.status.code()))
        });
    }
    63 "agent_code" TEXT "the code that the agent gave" {
        server: |it| last(it).and_then(|last| text(last.status.has_code().then(|| last.code.to_string())?));
    }
    64 "agent_duration" DURATION "ms that the last agent check took" {
        server: |it| last(it).and_then(|last| n64(last.duration_ms?.into()));
    }
    66 "agent_desc" TEXT "agent_status in words" {
        server: |it| last(it).and_then(|last| text(last.status.description()));
    }
    70 "agent_rise" SETTING "good agent checks that bring it up" {
        server: |it| it.server.agent.as_ref().and_then(|agent| n32(agent.rise));
    }
    71 "agent_fall" SETTING "failed agent checks that take it down" {
        server: |it| it.server.agent.as_ref().and_then(|agent| n32(agent.fall));
    }
    72 "agent_health" SETTING "the agent check counter: 0 where the agent says that it is down" {
        server: |it| it.server.agent.as_ref().and_then(|_| n32(u32::from(!it.server.state.agent.is_against())));
    }
}

/// The last check of the agent, while it is asked.
fn last(it: &ServerView<'_>) -> Option<CheckReport> {
    let state = &it.server.state.agent;
    (it.server.agent.is_some() && !state.is_suspended()).then(|| state.last())
}

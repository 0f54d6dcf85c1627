//! Takes down what a request costs its worker, where samples ask for it: a future that counts and times its polls.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use burdock_txn::Effort;

/// A future, measured if there is something to measure it by.
pub fn measured<'f, F: Future + 'f>(
    effort: Option<Arc<Effort>>,
    future: F,
) -> Pin<Box<dyn Future<Output = F::Output> + 'f>> {
    match effort {
        None => Box::pin(future),
        Some(effort) => {
            effort.begin();
            Box::pin(Measured { future: Box::pin(future), effort, bell: None })
        }
    }
}

struct Measured<F> {
    future: Pin<Box<F>>,
    effort: Arc<Effort>,
    bell: Option<Bell>,
}

/// The waker that the future gets, and the one behind it.
struct Bell {
    own: Waker,
    behind: Waker,
}

struct Alarm {
    effort: Arc<Effort>,
    behind: Waker,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.effort.wake();
        self.behind.wake_by_ref();
    }
}

impl<F> Measured<F> {
    /// The waker for a call; as long as the one behind it is the same, so is this one, which those who keep wakers count on.
    fn waker(&mut self, behind: &Waker) -> Waker {
        if let Some(bell) = self.bell.as_ref().filter(|bell| bell.behind.will_wake(behind)) {
            return bell.own.clone();
        }
        let alarm = Alarm { effort: Arc::clone(&self.effort), behind: behind.clone() };
        let own = Waker::from(Arc::new(alarm));
        self.bell = Some(Bell { own: own.clone(), behind: behind.clone() });
        own
    }
}

impl<F: Future> Future for Measured<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let waker = self.waker(cx.waker());
        self.effort.begin_call();
        let outcome = self.future.as_mut().poll(&mut Context::from_waker(&waker));
        self.effort.end_call();
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_poll_counts() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let effort = Arc::new(Effort::new());
        let twice = async {
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            7
        };
        assert_eq!(runtime.block_on(measured(Some(Arc::clone(&effort)), twice)), 7);
        let spent = effort.spent();
        assert!(spent.calls == 3 && spent.cpu_ns > 0 && spent.latency_ns > 0, "{spent:?}");
        assert_eq!(runtime.block_on(measured(None, async { 8 })), 8);
    }
}

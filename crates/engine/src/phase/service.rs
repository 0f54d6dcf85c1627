//! Services that answer in place of a server (`use-service`). What they send walks the way of a server's response: rules see it, the log
//! counts it. It is made piece by piece, as the client takes it.

use std::future::poll_fn;
use std::sync::Arc;

use burdock_http::KnownHeader;
use burdock_http::h1::BodyFraming;
use burdock_observe::metric::prometheus::{CONTENT_TYPE, PrometheusReport, Selection};
use burdock_txn::{Cause, Progress, Service};

use crate::driver::Next;
use crate::phase::{http_response, rules};
use crate::reply;
use crate::stream::{After, Stream};

/// Has the request's service answer.
pub async fn run(stream: &mut Stream<'_>) -> Next {
    match stream.space.txn.service {
        Some(Service::PrometheusExporter) => Box::pin(export_metrics(stream)).await,
        None => Next::Continue,
    }
}

async fn export_metrics(stream: &mut Stream<'_>) -> Next {
    let target = stream.space.txn.request.target();
    let query = target.iter().position(|byte| *byte == b'?').and_then(|at| target.get(at + 1..)).unwrap_or_default();
    let Ok(selection) = Selection::of_query(query) else { return Next::Reply(400) };
    let headers = [
        (KnownHeader::CacheControl, "no-cache"),
        (KnownHeader::ContentType, CONTENT_TYPE),
        (KnownHeader::TransferEncoding, "chunked"),
    ];
    match begin_response(stream, &headers).await {
        Next::Continue => {}
        other => return other,
    }
    let mut report = PrometheusReport::new(Arc::clone(&stream.model), selection);
    let mut piece = String::new();
    while !stream.download.is_received() {
        let more = report.write_piece(&mut piece, stream.now());
        if !send(stream, piece.as_bytes(), !more).await {
            stream.space.txn.termination.end(Cause::ClientAbort, Progress::Data);
            stream.after = After::Close;
            break;
        }
        piece.clear();
        // A large report is not to keep others waiting.
        tokio::task::yield_now().await;
    }
    Next::Finish
}

/// Puts the head of a 200 with a body of unknown length where it leaves with the first piece, once rules have seen it.
async fn begin_response(stream: &mut Stream<'_>, headers: &[(KnownHeader, &str)]) -> Next {
    let is_head = stream.space.txn.request.method() == burdock_http::Method::Head;
    let now = stream.now();
    let txn = &mut stream.space.txn;
    let timings = &mut txn.timings;
    (timings.queued, timings.connected, timings.response) = (Some(now), Some(now), Some(now));
    txn.response.clear();
    txn.response.set_status(200);
    for (name, value) in headers {
        if txn.response.headers.append_known(*name, value.as_bytes()).is_err() {
            return Next::Reply(500);
        }
    }
    stream.response.framing = if is_head { BodyFraming::None } else { BodyFraming::Chunked };
    // What the client has yet to send is nobody's.
    stream.request.close_after |= !stream.is_request_complete();
    match rules::response(stream).await {
        Next::Continue => {}
        other => return other,
    }
    match http_response::run(stream) {
        Next::Continue => {}
        other => return other,
    }
    stream.set_pace();
    if is_head {
        end(stream);
        if !reply::flush(stream.client, stream.space).await {
            stream.after = After::Close;
        }
    }
    Next::Continue
}

/// Sends a piece of the body, as fast as rules let it move. Says whether the client has taken it.
async fn send(stream: &mut Stream<'_>, piece: &[u8], last: bool) -> bool {
    poll_fn(|cx| stream.download.poll_pace(cx, &stream.worker)).await;
    if stream.download.append(piece, last, stream.space.to_client.head_mut()).is_err() {
        return false;
    }
    if last {
        end(stream);
    }
    reply::flush(stream.client, stream.space).await
}

fn end(stream: &mut Stream<'_>) {
    if stream.client.transport.is_stream() || stream.after != After::KeepAlive {
        stream.space.to_client.end();
    }
}

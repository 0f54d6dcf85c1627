//! Messages as blocks. The figures are HAProxy's own, of the same messages.

use super::*;

fn set_version(txn: &mut Txn, version: Version) {
    txn.request.set_version(version);
    txn.response.set_version(version);
}

#[test]
fn a_request_without_a_body() {
    let mut txn = request("GET", "/a", &["host: 127.0.0.1:20160", "user-agent: curl/7.88.1", "accept: */*"]);
    set_version(&mut txn, Version::HTTP_11);
    check(
        &txn,
        REQUEST,
        &[
            ("internal.htx.data", Some("83")),
            ("internal.htx.free", Some("16221")),
            ("internal.htx.free_data", Some("16213")),
            ("internal.htx.has_eom", Some("1")),
            ("internal.htx.nbblks", Some("5")),
            ("internal.htx.size", Some("16344")),
            ("internal.htx.used", Some("123")),
            ("internal.htx_blk.type(0)", Some("HTX_BLK_REQ_SL")),
            ("internal.htx_blk.size(head)", Some("33")),
            ("internal.htx_blk.start_line(first)", Some("GET /a HTTP/1.1")),
            ("internal.htx_blk.start_line(1)", Some("")),
            ("internal.htx_blk.type(1)", Some("HTX_BLK_HDR")),
            ("internal.htx_blk.size(1)", Some("19")),
            ("internal.htx_blk.hdrname(1)", Some("host")),
            ("internal.htx_blk.hdrval(1)", Some("127.0.0.1:20160")),
            ("internal.htx_blk.hdrval(0)", Some("")),
            ("internal.htx_blk.type(tail)", Some("HTX_BLK_EOH")),
            ("internal.htx_blk.size(4)", Some("1")),
            ("internal.htx_blk.type(5)", Some("HTX_BLK_UNUSED")),
            ("internal.htx_blk.size(5)", Some("0")),
            ("internal.htx_blk.data(0)", Some("")),
        ],
    );
}

#[test]
fn a_request_with_a_body() {
    let headers = ["host: 127.0.0.1:20160", "user-agent: curl/7.88.1", "accept: */*"];
    let mut announced = request("POST", "/w", &[&headers[..], &["content-length: 5"]].concat());
    set_version(&mut announced, Version::HTTP_11);
    check(
        &announced,
        REQUEST,
        &[("internal.htx.has_eom", Some("0")), ("internal.htx_blk.type(tail)", Some("HTX_BLK_EOH"))],
    );
    let mut chunked = request("POST", "/w", &[&headers[..], &["transfer-encoding: chunked"]].concat());
    set_version(&mut chunked, Version::HTTP_11);
    for (txn, length, tail) in [(&mut announced, "7", "HTX_BLK_DATA"), (&mut chunked, "8", "HTX_BLK_EOT")] {
        txn.request_payload.bytes.extend_from_slice(b"hello");
        txn.request_payload.complete = true;
        check(
            txn,
            REQUEST,
            &[
                ("internal.htx.has_eom", Some("1")),
                ("internal.htx.nbblks", Some(length)),
                ("internal.htx_blk.type(6)", Some("HTX_BLK_DATA")),
                ("internal.htx_blk.data(6)", Some("hello")),
                ("internal.htx_blk.size(6)", Some("5")),
                ("internal.htx_blk.type(tail)", Some(tail)),
            ],
        );
    }
}

#[test]
fn a_response() {
    let mut txn = response(&["content-length: 0"]);
    check(&txn, RESPONSE, &[("internal.htx_blk.type(0)", Some("HTX_BLK_RES_SL")), ("internal.htx.nbblks", Some("3"))]);
    txn.response.set_status(200);
    set_version(&mut txn, Version::HTTP_11);
    check(
        &txn,
        RESPONSE,
        &[("internal.htx_blk.start_line(0)", Some("HTTP/1.1 200 OK")), ("internal.htx_blk.size(0)", Some("33"))],
    );
    check(&empty_txn(), REQUEST, &[("internal.htx.data", None), ("internal.htx_blk.type(0)", None)]);
}

#[test]
fn places() {
    check_refused(&[
        ("internal.htx_blk.type(next)", "must be a number, 'head', 'tail' or 'first'"),
        ("internal.htx_blk.type(-1)", "must be a number, 'head', 'tail' or 'first'"),
    ]);
}

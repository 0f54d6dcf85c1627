//! Lines that HAProxy no longer takes and old files hold: their meaning is kept.

use crate::support::{Site, burdock};

#[test]
fn added_headers_reach_server_and_client() {
    let lines = "acl old path_beg /old
        reqadd X-All:\\ to\\ all
        reqadd X-Old:\\ yes if old
        rspadd X-Answer:\\ from\\ here
        rspadd X-Never:\\ seen if FALSE";
    if burdock().is_stand_in() {
        return;
    }
    let site = Site::start(lines);
    let response = site.proxy.client("web").get("/old/page", &[]);
    assert_eq!((response.header("x-answer"), response.header("x-never")), (Some("from here"), None));
    site.proxy.client("web").get("/new", &[]);
    let seen = |target: &str, name: &str| {
        let requests = [site.a.requests(), site.b.requests()].concat();
        let request = requests.into_iter().find(|request| request.target() == target).unwrap();
        request.header(name).map(str::to_owned)
    };
    assert_eq!(seen("/old/page", "x-all").as_deref(), Some("to all"));
    assert_eq!(seen("/old/page", "x-old").as_deref(), Some("yes"));
    assert_eq!((seen("/new", "x-all").as_deref(), seen("/new", "x-old")), (Some("to all"), None));
}

use super::*;
use crate::bind::BindTls;
use crate::settings::{BindSettings, Policy};
use crate::testing::*;

fn outcome(bind: &BindTls, client: &ServerTls, name: Option<&str>) -> u32 {
    match shake(bind, client, name) {
        Ok(shaken) => shaken.of_server.unwrap().result,
        Err(failure) => {
            assert!(failure.client.is_some(), "{failure:?}");
            failure.of_server.unwrap().result
        }
    }
}

#[test]
fn servers_are_verified_by_authority_and_name() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let ca_file = files.name("ca.pem", &ca.pem);
    let bind = build(&line(&[&files.name("own", ca.sign("www.example").pem())]), &store);
    let other = build(&line(&[&files.name("other", Authority::new("other").sign("www.example").pem())]), &store);
    let verifying = |verify_host: Option<&str>| {
        let change = |settings: &mut ServerSettings| {
            settings.policy = verifying(Verify::Required, &ca_file);
            settings.verify_host = verify_host.map(str::to_owned);
        };
        client(change, &store)
    };
    assert_eq!(outcome(&bind, &verifying(None), Some("www.example")), 0);
    assert_eq!(outcome(&bind, &verifying(None), Some("ftp.example")), 62);
    // Without a name nothing is compared, unless the line names one.
    assert_eq!(outcome(&bind, &verifying(None), None), 0);
    assert_eq!(outcome(&bind, &verifying(Some("www.example")), None), 0);
    assert_eq!(outcome(&bind, &verifying(Some("ftp.example")), None), 62);
    // The name that is sent comes first.
    assert_eq!(outcome(&bind, &verifying(Some("ftp.example")), Some("www.example")), 0);
    assert_eq!(outcome(&other, &verifying(None), Some("www.example")), 20);
    assert_eq!(outcome(&other, &client(|_| {}, &store), Some("any.example")), 0);
}

#[test]
fn a_server_has_to_be_verified_unless_the_line_says_otherwise() {
    let store = Store::new();
    let problems = ServerTls::build(&ServerSettings::default(), &store, &Tuning::default()).unwrap_err();
    assert_eq!(problems[0].about, "verify");
}

#[test]
fn a_revoked_server_is_refused() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let ca_file = files.name("ca.pem", &ca.pem);
    let crl = files.write("crl.pem", ca.revoke(&[7], 4000));
    let number = |serial: u64| {
        let signed = ca.sign_with("www.example", ec_key(), |params| params.serial_number = Some(serial.into()));
        files.name(&format!("{serial}.pem"), signed.pem())
    };
    let client = client(
        |settings| {
            settings.policy = Policy { crl_file: Some(crl), ..verifying(Verify::Required, &ca_file) };
            settings.no_reuse = true;
        },
        &store,
    );
    assert_eq!(outcome(&build(&line(&[&number(6)]), &store), &client, None), 0);
    assert_eq!(outcome(&build(&line(&[&number(7)]), &store), &client, None), 23);
}

#[test]
fn names_that_cannot_be_sent_are_told() {
    let client = client(|_| {}, &Store::new());
    assert_eq!(client.connect(Some("not a name")).unwrap_err(), ConnectError::BadName("not a name".into()));
}

#[test]
fn our_certificate_changes_at_run_time() {
    let (ca, files, store) = (Authority::new("ca"), Files::new(), Store::new());
    let ca_file = files.name("ca.pem", &ca.pem);
    let own = files.name("client.pem", ca.sign("client").pem());
    let policy = verifying(Verify::Required, &ca_file);
    let bind = build(&BindSettings { policy, ..line(&[&files.name("a", ca.sign("a").pem())]) }, &store);
    let client = client(|settings| settings.certificate = Some(source(&own)), &store);
    let shown = |shaken: &Shaken| shaken.server.peer_certificates().unwrap()[0].clone();
    let first = shake(&bind, &client, Some("a")).unwrap();
    assert_eq!(&shown(&first), store.certificate(&own).unwrap().content.unwrap().own().unwrap());
    let renewed = ca.sign("client");
    store.set_certificate(&own, renewed.pem().as_bytes()).unwrap();
    store.commit_certificate(&own).unwrap();
    let second = shake(&bind, &client, Some("a")).unwrap();
    assert!(!second.is_resumed());
    assert_eq!(shown(&second), renewed.der);
}

//! Certificates, CA files, CRL files, crt-lists and keys of tickets of a running process. Answers were compared with HAProxy 3.5 on the same
//! files, but for those that say why something cannot be used.

use super::*;

/// Fixed certificates, good for a hundred years.
const CERTIFICATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/tests/certificates");

fn content(file: &str) -> String {
    std::fs::read_to_string(format!("{CERTIFICATES}/{file}")).unwrap()
}

/// A process with certificates, `@@` standing for their directory and `@list` for a crt-list.
struct Site {
    served: Served,
    list: PathBuf,
    _directory: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let list = directory.path().join("sites.list");
        let lines = "@@/site.pem [alpn h2] *.site.example !not.site.example\n@@/shop.pem\n";
        std::fs::write(&list, lines.replace("@@", CERTIFICATES)).unwrap();
        let keys: Vec<String> = content("tickets.keys").lines().rev().map(str::to_owned).collect();
        std::fs::write(directory.path().join("sites.list.keys"), keys.join("\n") + "\n").unwrap();
        let configuration = "\
frontend f
    mode http
    timeout client 1s
    bind 127.0.0.1:441 ssl crt @@/site.pem crt @@/shop.pem verify optional ca-file @@/ca.pem crl-file @@/crl.pem tls-ticket-keys @@/tickets.keys
    bind 127.0.0.1:442 ssl crt-list @list tls-ticket-keys @list.keys
frontend strict
    mode http
    timeout client 1s
    bind 127.0.0.1:443 ssl strict-sni crt @@/several
";
        let written = configuration.replace("@list", &list.to_string_lossy()).replace("@@", CERTIFICATES);
        Self { served: Served::with_files(&written), list, _directory: directory }
    }

    fn ask(&self, command: &str) -> String {
        let list = self.list.to_string_lossy().into_owned();
        let answer = self.served.ask(&(command.replace("@list", &list).replace("@@", CERTIFICATES) + "\n"));
        answer.replace(&list, "@list").replace(CERTIFICATES, "@@")
    }

    /// Commands and answers, each without the line that ends it.
    fn check(&self, cases: &[(&str, &str)]) {
        for (command, expected) in cases {
            assert_eq!(self.ask(command), format!("{expected}\n\n"), "{command}");
        }
    }

    /// Gives a payload.
    fn give(&self, command: &str, payload: &str, expected: &str) {
        let payload: Vec<&str> = payload.lines().filter(|line| !line.is_empty()).collect();
        let answer = self.ask(&format!("{command} <<\n{}\n", payload.join("\n")));
        assert_eq!(answer, format!("{expected}\n\n"), "{command}");
    }

    /// What a show command says on the line with this title.
    fn said(&self, command: &str, title: &str) -> Vec<String> {
        let answer = self.ask(command);
        let lines = answer.lines().filter_map(|line| line.strip_prefix(title)?.strip_prefix(": "));
        lines.map(str::to_owned).collect()
    }
}

const SITE: &str = "\
Serial: 38FD768FE927D132D94824A36B1E6591B342CE62
notBefore: Nov 22 15:07:29 2026 GMT
notAfter: Oct 29 15:07:29 2126 GMT
Subject Alternative Name: DNS:site.example, DNS:*.site.example
Algorithm: EC256
SHA1 FingerPrint: E85E5A4EDC3065AB4472B300DB2AE30C72C47D04
Subject: /CN=site.example
Issuer: /CN=Burdock test authority
Chain Subject: /CN=Burdock test authority
Chain Issuer: /CN=Burdock test authority
OCSP Response Key: ";

const AUTHORITY: &str = "\
Serial: 3C6F60D6C94E2D0D19A84482B64E3BA65E872D26
notBefore: Nov 22 15:07:28 2026 GMT
notAfter: Oct 29 15:07:28 2126 GMT
Subject Alternative Name: 
Algorithm: EC256
SHA1 FingerPrint: F6B27A585E7EE5A09AA723790FB2E47B5D7953B0
Subject: /CN=Burdock test authority
Issuer: /CN=Burdock test authority";

const LIST: &str = "\
Certificate Revocation List #1:
Version 1
Signature Algorithm: ecdsa-with-SHA256
Issuer: /CN=Burdock test authority
Last Update: Nov 22 15:07:32 2026 GMT
Next Update: Oct 29 15:07:32 2126 GMT
No Revoked Certificates.";

#[test]
fn what_there_is() {
    let site = Site::new();
    let options = "Crt filename: @@/site.pem\nOption: ocsp-update off\nOption: jwt off\nStatus: Used";
    let authority = format!("Filename: @@/ca.pem\nStatus: Used\n \nCertificate #1:\n{AUTHORITY}");
    let list = format!("Filename: @@/crl.pem\nStatus: Used\n \n{LIST}");
    site.check(&[
        ("show ssl cert", "# filename\n@@/several/a.pem\n@@/several/b.pem\n@@/shop.pem\n@@/site.pem"),
        ("show ssl cert @@/site.pem", &format!("Filename: @@/site.pem\n{options}\n{SITE}")),
        ("show ssl cert *@@/site.pem", "Can't display the certificate: Not found or the certificate is a bundle!"),
        ("show ssl cert none", "Can't display the certificate: Not found or the certificate is a bundle!"),
        ("show ssl cert @@/site.pem.ocsp", "Can't display the certificate: Not found or the certificate is a bundle!"),
        ("show ssl ca-file", "# filename\n@@/ca.pem - 1 certificate(s)"),
        ("show ssl ca-file @@/ca.pem", &authority),
        ("show ssl ca-file @@/ca.pem:1", &authority),
        ("show ssl ca-file @@/ca.pem:x", "wrong CA index after colons in '@@/ca.pem:x'!"),
        ("show ssl ca-file none", "Can't display the CA file : Not found!"),
        ("show ssl crl-file", "# filename\n@@/crl.pem"),
        ("show ssl crl-file @@/crl.pem", &list),
        ("show ssl crl-file @@/crl.pem:1", &list),
        ("show ssl crl-file @@/crl.pem:2", "Filename: @@/crl.pem\nStatus: Used"),
        ("show ssl crl-file @@/crl.pem:x", "wrong CRL index after colons in '@@/crl.pem:x'!"),
        ("show ssl crl-file none", "Can't display the CRL file : Not found!"),
        ("show ssl providers", "Loaded providers : \n\t- aws-lc-rs"),
    ]);
    assert_eq!(site.ask("show ssl ca-file @@/ca.pem:2"), "\n");
    let pem = site.ask("dump ssl cert @@/site.pem");
    assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{pem}");
    assert!(pem.ends_with(&format!("{}\n", content("site.pem").split("-----BEGIN PRIVATE").next().unwrap())), "{pem}");
}

#[test]
fn who_gets_what() {
    let site = Site::new();
    let answer = site.ask("show ssl sni");
    let rows: Vec<Vec<&str>> = answer.lines().map(|line| line.split('\t').collect()).collect();
    let shown: Vec<String> = rows.iter().map(|row| row.get(..5).unwrap_or_default().join(" ")).collect();
    assert_eq!(
        shown,
        [
            "# Frontend/Bind SNI Negative Filter Type Filename",
            "f/test.cfg:4 shop.example - ecdsa @@/shop.pem",
            "f/test.cfg:4 site.example - ecdsa @@/site.pem",
            "f/test.cfg:4 * - ecdsa @@/site.pem",
            "f/test.cfg:4 *.shop.example - ecdsa @@/shop.pem",
            "f/test.cfg:4 *.site.example - ecdsa @@/site.pem",
            "f/test.cfg:5 shop.example - ecdsa @@/shop.pem",
            "f/test.cfg:5 * !not.site.example  ecdsa @@/site.pem",
            "f/test.cfg:5 *.shop.example - ecdsa @@/shop.pem",
            "f/test.cfg:5 *.site.example !not.site.example  ecdsa @@/site.pem",
            "strict/test.cfg:9 shop.example - ecdsa @@/several/b.pem",
            "strict/test.cfg:9 site.example - ecdsa @@/several/a.pem",
            "strict/test.cfg:9 * - ecdsa @@/several/a.pem",
            "strict/test.cfg:9 *.shop.example - ecdsa @@/several/b.pem",
            "strict/test.cfg:9 *.site.example - ecdsa @@/several/a.pem",
            "",
        ]
    );
    assert_eq!(rows[1][5..], ["Oct 29 15:07:30 2126 GMT", "Nov 22 15:07:30 2026 GMT"]);
    let of_one = site.ask("show ssl sni -f strict");
    assert_eq!(of_one.lines().filter(|line| line.starts_with("strict/")).count(), 5);
    assert_eq!(of_one.lines().count(), 7);
    site.check(&[
        ("show ssl sni -A", "# Frontend/Bind\tSNI\tNegative Filter\tType\tFilename\tNotAfter\tNotBefore"),
        ("show ssl sni -f none", "Couldn't find the specified frontend!"),
        ("show ssl sni -f", "'-f' requires a frontend name!"),
        ("show ssl sni -t", "'-t' requires an offset argument!"),
        ("show ssl sni -t zz", "'-t zz' : unexpected character 'z'"),
        ("show ssl sni -z", "Invalid parameters, 'show ssl sni' only supports '-f', '-A' or '-t' options!"),
    ]);
    assert_eq!(site.ask("show ssl sni -f strict -A -t 50000d"), of_one);
}

#[test]
fn certificates_change() {
    let site = Site::new();
    let shop = content("shop.pem");
    let subject = |of: &str| site.said(&format!("show ssl cert {of}"), "Subject").join(",");
    site.check(&[
        ("set ssl cert @@/site.pem", "'set ssl cert' expects a filename and a certificate as a payload"),
        ("commit ssl cert", "'commit ssl cert' expects a filename"),
        ("commit ssl cert @@/site.pem", "No ongoing transaction! !\nCan't commit @@/site.pem!"),
        ("abort ssl cert", "'abort ssl cert' expects a filename"),
        ("abort ssl cert @@/site.pem", "No ongoing transaction!"),
        ("new ssl cert", "'new ssl cert' expects a filename"),
        ("new ssl cert @@/site.pem", "Certificate '@@/site.pem' already exists!"),
        ("del ssl cert", "'del ssl cert' expects a certificate name"),
        ("del ssl cert none", "Can't remove the certificate: certificate 'none' doesn't exist!"),
        (
            "del ssl cert @@/site.pem",
            "Can't remove the certificate: certificate '@@/site.pem' in use, can't be deleted!",
        ),
    ]);
    site.give(
        "set ssl cert none",
        &shop,
        "Can't replace a certificate which is not referenced by the configuration!\nCan't update none!",
    );
    site.give(
        "set ssl cert @@/site.pem",
        "nonsense",
        "@@/site.pem: there is neither a certificate nor a private key in it\nCan't load the payload\nCan't update @@/site.pem!",
    );
    // Changed, and thought better of.
    site.give("set ssl cert @@/site.pem", &shop, "Transaction created for certificate @@/site.pem!");
    assert!(site.ask("show ssl cert").starts_with("# transaction\n*@@/site.pem\n# filename\n@@/several/a.pem\n"));
    assert_eq!(
        (subject("@@/site.pem"), subject("*@@/site.pem")),
        ("/CN=site.example".into(), "/CN=shop.example".into())
    );
    assert_eq!(site.said("show ssl cert *@@/site.pem", "Status"), ["Uncommitted"]);
    assert!(site.ask("dump ssl cert *@@/site.pem").contains("-----BEGIN PRIVATE KEY-----"));
    let other = "The ongoing transaction is about '@@/site.pem' but you are trying to set '@@/shop.pem'";
    site.give("set ssl cert @@/shop.pem", &shop, &format!("{other}\nCan't update @@/shop.pem!"));
    site.check(&[
        ("commit ssl cert @@/shop.pem", &format!("{other}\nCan't commit @@/shop.pem!")),
        (
            "abort ssl cert @@/shop.pem",
            "The ongoing transaction is about '@@/site.pem' but you are trying to abort a transaction for '@@/shop.pem'",
        ),
        ("abort ssl cert @@/site.pem", "Transaction aborted for certificate '@@/site.pem'!"),
    ]);
    // A key that is another's.
    site.give("set ssl cert @@/site.pem.key", &content("bare.key"), "Transaction created for certificate @@/site.pem!");
    site.check(&[(
        "commit ssl cert @@/site.pem",
        "@@/site.pem: the private key is not the one of the certificate\nCan't commit @@/site.pem!",
    )]);
    site.give("set ssl cert @@/site.pem", &shop, "Transaction updated for certificate @@/site.pem!");
    site.check(&[("commit ssl cert @@/site.pem", "Committing @@/site.pem..\nSuccess!")]);
    assert_eq!(subject("@@/site.pem"), "/CN=shop.example");
    // Its names go with it, but for those that the list gives it.
    assert!(!site.ask("show ssl sni -f f").contains("\tsite.example\t"));
}

#[test]
fn lists_change() {
    let site = Site::new();
    // By name, and where the list lies is another folder each time.
    let mut lists: Vec<String> = site.ask("show ssl crt-list").lines().map(str::to_owned).collect();
    lists.sort();
    assert_eq!(lists, ["", "@@/several", "@list"]);
    site.check(&[
        ("show ssl crt-list -n @@/several/", "# @@/several\n@@/several/a.pem:0\n@@/several/b.pem:0"),
        ("show ssl crt-list @list", "# @list\n@@/site.pem [alpn h2] *.site.example !not.site.example\n@@/shop.pem"),
        ("show ssl crt-list none", "didn't find the specified filename"),
        ("show ssl crt-list -n", "'show ssl crt-list -n' expects a filename or a directory"),
        ("new ssl cert new", "New empty certificate store 'new'!"),
        ("new ssl cert new", "Certificate 'new' already exists!"),
        (
            "show ssl cert new",
            "Filename: new\nOption: ocsp-update off\nOption: jwt off\nStatus: Empty\nOCSP Response Key: ",
        ),
        ("add ssl crt-list", "'add ssl crtlist' expects a filename and a certificate name"),
        ("add ssl crt-list @list", "'add ssl crtlist' expects a filename and a certificate name"),
        ("add ssl crt-list none new", "Can't edit the crt-list: crt-list 'none' does not exist!"),
        ("add ssl crt-list @list none", "Can't edit the crt-list: certificate 'none' does not exist!"),
        ("add ssl crt-list @list new", "Can't edit the crt-list: certificate 'new' is empty!"),
    ]);
    site.give("set ssl cert new", &content("shop.pem"), "Transaction created for certificate new!");
    site.check(&[
        ("del ssl cert new", "Can't remove the certificate: ongoing transaction for the certificate 'new'"),
        ("commit ssl cert new", "Committing new\nSuccess!"),
    ]);
    assert_eq!(site.said("show ssl cert new", "Status"), ["Unused"]);
    let inserted = "Inserting certificate 'new' in crt-list '@list'.\nSuccess!";
    site.check(&[("add ssl crt-list @list/// new", inserted)]);
    for (line, expected) in [
        ("new [ssl-min-ver SSLv3 verify none allow-0rtt] new.example !other.example", inserted),
        ("new [bogus] a", "Can't edit the crt-list: 'bogus' is not possible in a list of certificates"),
        ("new [ca-file none.pem] a", "Can't edit the crt-list: 'ca-file' : unable to load none.pem"),
        ("new [ca-verify-file none.pem] a", "Can't edit the crt-list: 'ca-verify-file' : unable to load none.pem"),
        ("new [crl-file none.pem] a", "Can't edit the crt-list: 'crl-file' : unable to load none.pem"),
        ("new [ocsp a.ocsp] a", "Can't edit the crt-list: the parts of a certificate are set by 'set ssl cert'"),
        ("new a\nnew b", "Can't edit the crt-list: only one line of payload is supported!"),
    ] {
        site.give("add ssl crt-list @list", line, expected);
    }
    let lines = "# @list\n@@/site.pem:1 [alpn h2] *.site.example !not.site.example\n@@/shop.pem:2\nnew:3\n";
    let last = "new:4 [ssl-min-ver SSLv3 verify none allow-0rtt] new.example !other.example";
    site.check(&[("show ssl crt-list -n @list", &format!("{lines}{last}"))]);
    assert_eq!(site.said("show ssl cert new", "Status"), ["Used"]);
    assert!(site.ask("show ssl sni -f f").contains("\tnew.example\t"));
    site.check(&[
        ("del ssl crt-list @list", "'del ssl crtlist' expects a filename and a certificate name"),
        ("del ssl crt-list none new", "Can't delete the entry: crt-list 'none' does not exist!"),
        ("del ssl crt-list @list none", "Can't delete the entry: certificate 'none' does not exist!"),
        (
            "del ssl crt-list @list new",
            "Can't delete the entry: found the certificate 'new' in several entries, please specify a line number preceded by colons (3, 4)!",
        ),
        (
            "del ssl crt-list @list new:9",
            "Can't delete the entry: found a certificate 'new' but the line number is incorrect, please specify a correct line number preceded by colons (3, 4)!",
        ),
        ("del ssl crt-list @list/ new:3", "Entry 'new' deleted in crtlist '@list'!"),
        ("del ssl crt-list @list new", "Entry 'new' deleted in crtlist '@list'!"),
        (
            "del ssl crt-list @list @@/site.pem",
            "Can't delete the entry: certificate '@@/site.pem' cannot be deleted, it is used as default certificate by the following frontends:\n\t- f/test.cfg:5",
        ),
        ("del ssl cert new", "Certificate 'new' deleted!"),
        ("show ssl cert new", "Can't display the certificate: Not found or the certificate is a bundle!"),
    ]);
    assert!(!site.ask("show ssl sni -f f").contains("\tnew.example\t"));
}

/// Both kinds of files change alike.
#[test]
fn files_of_authorities_and_of_revocations_change() {
    let site = Site::new();
    for (word, noun, short, file, counted, payload) in [
        ("ca-file", "CA file", "CA", "@@/ca.pem", " - 1 certificate(s)", content("ca.pem")),
        ("crl-file", "CRL file", "CRL", "@@/crl.pem", "", content("crl.pem")),
    ] {
        let empty = if word == "ca-file" { " - 0 certificate(s)" } else { "" };
        let busy = format!("The ongoing transaction is about 'new' but you are trying to set '{file}'");
        site.check(&[
            (&format!("new ssl {word}"), &format!("'new ssl {word}' expects a filename")),
            (&format!("new ssl {word} {file}"), &format!("{noun} '{file}' already exists!")),
            (&format!("new ssl {word} new"), &format!("New {noun} created 'new'!")),
            (&format!("show ssl {word}"), &format!("# filename\n{file}{counted}\nnew{empty}")),
            (&format!("set ssl {word} new"), &format!("'set ssl {word}' expects a filename and {short}s as a payload")),
            (&format!("commit ssl {word} new"), "No ongoing transaction! !\nCan't commit new!"),
            (&format!("del ssl {word}"), &format!("'del ssl {word}' expects a {noun} name")),
            (&format!("del ssl {word} none"), &format!("Can't remove the {noun}: {noun} 'none' doesn't exist!")),
            (
                &format!("del ssl {word} {file}"),
                &format!("Can't remove the {noun}: {noun} '{file}' in use, can't be deleted!"),
            ),
        ]);
        site.give(
            &format!("set ssl {word} none"),
            &payload,
            &format!("Can't replace a {noun} which is not referenced by the configuration!\nCan't update none!"),
        );
        let nonsense = site.ask(&format!("set ssl {word} new <<\nnonsense\n"));
        assert!(nonsense.ends_with("\nCan't load the payload\nCan't update new!\n\n"), "{nonsense}");
        site.give(&format!("set ssl {word} new"), &payload, &format!("transaction created for {short} new!"));
        site.give(&format!("set ssl {word} {file}"), &payload, &format!("{busy}\nCan't update {file}!"));
        assert_eq!(site.said(&format!("show ssl {word} *new"), "Status"), ["Uncommitted"]);
        site.check(&[
            (
                &format!("show ssl {word}"),
                &format!("# transaction\n*new{counted}\n# filename\n{file}{counted}\nnew{empty}"),
            ),
            (&format!("commit ssl {word} {file}"), &format!("{busy}\nCan't commit {file}!")),
            (
                &format!("del ssl {word} new"),
                &format!("Can't remove the {noun}: ongoing transaction for the {noun} 'new'"),
            ),
            (&format!("commit ssl {word} new"), "Committing new\nSuccess!"),
        ]);
        assert_eq!(site.said(&format!("show ssl {word} new"), "Status"), ["Unused"]);
        // In use by a line of a list, until that goes.
        let line = format!("@@/shop.pem [{word} new] used.example");
        site.give(
            "add ssl crt-list @list",
            &line,
            "Inserting certificate '@@/shop.pem' in crt-list '@list'.\nSuccess!",
        );
        assert_eq!(site.said(&format!("show ssl {word} new"), "Status"), ["Used"]);
        site.check(&[
            (
                &format!("del ssl {word} new"),
                &format!("Can't remove the {noun}: {noun} 'new' in use, can't be deleted!"),
            ),
            ("del ssl crt-list @list @@/shop.pem:3", "Entry '@@/shop.pem' deleted in crtlist '@list'!"),
            (&format!("del ssl {word} new"), &format!("{noun} 'new' deleted!")),
        ]);
        site.give(&format!("set ssl {word} {file}"), &payload, &format!("transaction created for {short} {file}!"));
        site.check(&[(&format!("commit ssl {word} {file}"), &format!("Committing {file}.\nSuccess!"))]);
    }
    site.give("add ssl ca-file @@/ca.pem", &content("bare.crt"), "transaction created for CA @@/ca.pem!");
    site.give("add ssl ca-file @@/ca.pem", &content("old.pem"), "transaction updated for CA @@/ca.pem!");
    site.check(&[("commit ssl ca-file @@/ca.pem", "Committing @@/ca.pem.\nSuccess!")]);
    let all = site.said("show ssl ca-file @@/ca.pem", "Subject");
    assert_eq!(all.first().unwrap(), "/CN=Burdock test authority");
    assert!(all.len() >= 3, "{all:?}");
    assert_eq!(site.said("show ssl ca-file @@/ca.pem:2", "Subject"), all[1..2]);
}

#[test]
fn keys_of_tickets_change() {
    let site = Site::new();
    let [first, second, third] =
        content("tickets.keys").lines().map(str::to_owned).collect::<Vec<_>>().try_into().unwrap();
    let keys = |number: u8, keys: [&str; 3]| {
        let file = ["@list.keys", "@@/tickets.keys"][usize::from(number)];
        let lines = keys.iter().enumerate().map(|(place, key)| format!("{number}.{place} {key}"));
        format!("# {number} ({file})\n{}", lines.collect::<Vec<_>>().join("\n"))
    };
    let (last, named_first) = (keys(0, [&third, &second, &first]), keys(1, [&first, &second, &third]));
    let of_one = format!("# id secret\n{named_first}");
    let long = "A".repeat(107) + "=";
    site.check(&[
        ("show tls-keys", "# id (file)\n0 (@list.keys)\n1 (@@/tickets.keys)"),
        ("show tls-keys *", &format!("# id secret\n{last}\n{named_first}")),
        ("show tls-keys #1", &of_one),
        ("show tls-keys @@/tickets.keys", &of_one),
        ("show tls-keys 0", "'show tls-keys' unable to locate referenced filename"),
        ("set ssl tls-key", "'set ssl tls-key' expects a filename and the new TLS key in base64 encoding."),
        ("set ssl tls-key none x", "'set ssl tls-key' unable to locate referenced filename"),
        ("set ssl tls-key #1 !!", "'set ssl tls-key' received invalid base64 encoded TLS key."),
        ("set ssl tls-key #1 AAAA", "'set ssl tls-key' received a key of wrong size."),
        (&format!("set ssl tls-key #1 {long}"), "'set ssl tls-key' received a key of wrong size."),
        (&format!("set ssl tls-key @@/tickets.keys {first}"), "TLS ticket key updated!"),
        ("show tls-keys #1", &format!("# id secret\n{}", keys(1, [&second, &third, &first]))),
        ("show tls-keys #0", &format!("# id secret\n{last}")),
    ]);
}

#[test]
fn ocsp_responses_that_are_not_there() {
    let site = Site::new();
    let certificate = "'update ssl ocsp-response' only works on certificates that already have a known OCSP response.";
    site.check(&[
        ("show ssl ocsp-response", "# Certificate IDs"),
        ("show ssl ocsp-response none", "'show ssl ocsp-response' expects a valid certid or certificate path."),
        ("show ssl ocsp-response 30aa", "Certificate ID or path does not match any certificate."),
        ("show ssl ocsp-response base64", "'show ssl ocsp-response [text|base64]' expects a valid certid."),
        ("set ssl ocsp-response", "'set ssl ocsp-response' expects response in base64 encoding."),
        ("set ssl ocsp-response !!", "'set ssl ocsp-response' received invalid base64 encoded response."),
        ("set ssl ocsp-response AAAA", "Unable to parse OCSP response."),
        (
            "show ssl ocsp-updates",
            "OCSP Certid | Path | Next Update | Last Update | Successes | Failures | Last Update Status | Last Update Status (str)",
        ),
        ("update ssl ocsp-response", "'update ssl ocsp-response' expects a filename"),
        ("update ssl ocsp-response @@/site.pem", &format!("{certificate}\nCan't send ocsp request for @@/site.pem!")),
    ]);
}

#[test]
fn secrets_and_changes_are_for_administrators() {
    let site = Site::new();
    for (command, is_allowed) in [
        ("show ssl cert", true),
        ("show ssl ca-file", true),
        ("show ssl crl-file", true),
        ("show ssl sni", true),
        ("show ssl providers", true),
        ("dump ssl cert @@/site.pem", false),
        ("set ssl cert a", false),
        ("new ssl cert a", false),
        ("commit ssl cert", false),
        ("abort ssl cert", false),
        ("del ssl cert", false),
        ("new ssl ca-file a", false),
        ("show ssl crt-list", false),
        ("add ssl crt-list a b", false),
        ("show tls-keys", false),
        ("set ssl tls-key #0 A", false),
        ("show ssl ocsp-response", false),
        ("set ssl ocsp-response A", false),
        ("show ssl ocsp-updates", false),
        ("update ssl ocsp-response a", false),
    ] {
        let answer = site.ask(&format!("operator;{command}"));
        assert_eq!(answer != "\nPermission denied\n\n", is_allowed, "{command}: {answer}");
    }
}

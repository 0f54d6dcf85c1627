use super::*;
use crate::facts::TlsLibrary;
use crate::version::{OpensslVersion, Version};

fn facts() -> Facts {
    Facts {
        version: Version::parse("3.5-dev5-50872daa6"),
        features: vec!["OPENSSL".into(), "THREAD".into()],
        enabled: vec!["EPOLL".into(), "FAST-FORWARD".into()],
        tls: Some(TlsLibrary {
            name: "OpenSSL 3.0.22 25 Aug 2026".into(),
            openssl: OpensslVersion::parse("3.0.22"),
            awslc_api: None,
            fips: false,
        }),
    }
}

fn evaluate(text: &str) -> Result<bool, String> {
    let environment = [("A", "1"), ("W", "a b"), ("E", "")].into_iter().collect();
    let outcome = evaluate_text(text, &mut SourceMap::new(), &facts(), &environment);
    outcome.map_err(|faults| faults.iter().map(|fault| fault.message()).collect::<Vec<_>>().join("; "))
}

/// Exit statuses of `haproxy -cc` 3.5: 0 true, 1 false, 2 fault.
fn check(text: &str, status: u8) {
    let found = match evaluate(text) {
        Ok(true) => 0,
        Ok(false) => 1,
        Err(_) => 2,
    };
    assert_eq!(found, status, "{text:?}: {:?}", evaluate(text));
}

#[test]
fn constants() {
    for (text, status) in [
        ("", 1),
        ("  ", 1),
        ("0", 1),
        ("1", 0),
        ("-1", 0),
        ("00", 1),
        ("007", 0),
        ("0x0", 1),
        ("0x10", 0),
        ("+1", 0),
        ("1 ", 0),
        (" 1", 0),
        ("\\ ", 2),
        ("-0", 1),
        ("99999999999999999999", 0),
        ("4294967296", 0),
        ("-1000 && 200", 0),
        ("1a", 2),
        ("a", 2),
        ("200rrr", 2),
        ("1.5", 2),
        ("-", 2),
        ("- 1", 2),
        ("1 1", 2),
        ("true", 2),
        ("0x", 2),
    ] {
        check(text, status);
    }
}

#[test]
fn operators() {
    for (text, status) in [
        ("!", 2),
        ("!1", 1),
        ("! 1", 1),
        ("!!1", 0),
        ("!0", 0),
        ("!!!0", 0),
        ("()", 2),
        ("(1)", 0),
        ("( 1 )", 0),
        ("(1", 2),
        ("1)", 2),
        ("((1))", 0),
        ("1&&0", 1),
        ("1 && 0", 1),
        ("1&0", 2),
        ("1|0", 2),
        ("1||0", 0),
        ("0||1", 0),
        ("1&& 1", 0),
        ("1 &&", 2),
        ("&& 1", 2),
        ("1 && && 1", 2),
        ("1 || ", 2),
        ("|| 1", 2),
        ("(1)(0)", 2),
        ("(1) && (0)", 1),
        ("!(1&&0)", 0),
        ("!(0))", 2),
        ("1||0&&0", 0),
        ("0&&0||1", 0),
        ("!1||1", 0),
        ("1\t&&\t0", 1),
        ("foo || 1", 2),
        // Parsed as a whole even where the outcome is clear.
        ("1 || foo", 2),
        ("0 && foo", 2),
        // Evaluated only as far as needed.
        ("1 || awslc_api_atleast(1)", 0),
        ("0 && awslc_api_atleast(1)", 1),
        ("awslc_api_atleast(1) || 1", 2),
        ("0 || awslc_api_atleast(1)", 2),
        ("1&&!0&&!((streq(a,b)||!streq(a,a)&&1)||strneq(a,a))", 0),
        ("1   &&!   0&&    !((streq(a,b)||!streq(a,a)&&1)||strneq(a,a))", 0),
        ("1 && !0 && !((streq(a,b) || !streq(a,a) && 1) || strneq(a,b))", 1),
        ("1 && !0 && !((streq(a,a) || !streq(a,a) && 1) || strneq(a,a))", 1),
    ] {
        check(text, status);
    }
}

#[test]
fn string_predicates_and_quoting() {
    for (text, status) in [
        ("streq", 2),
        ("streq(", 2),
        ("streq()", 2),
        ("streq(a)", 2),
        ("streq(a,a)", 0),
        ("streq(a,b,c)", 2),
        ("streq(a,a", 2),
        ("streq(a,a))", 2),
        ("streq (a,a)", 2),
        ("streq( a,a)", 1),
        ("streq(,)", 0),
        ("streq(,", 2),
        ("streq(foo,'foo')", 0),
        ("streq(\"foo bar\",'foo bar')", 0),
        ("streq(a,\"a)", 2),
        ("streq(a,\"b\"c)", 1),
        (r#"streq(\"a\",a)"#, 0),
        (r#"streq("\"a\"",a)"#, 0),
        (r#"streq("\"a,b\"","\"a,b\"")"#, 0),
        (r#"streq("a,b","a,b")"#, 2),
        (r#"streq(a\,b,"a,b")"#, 2),
        (r#"streq(\"a,b)"#, 2),
        ("streq('a,b)", 2),
        ("streq((a),(a))", 2),
        ("STREQ(a,a)", 2),
        ("streq(a,a)x", 2),
        ("streq(a,a) x", 2),
        ("streq(a,a)&&1", 0),
        (r#"streq(a\ b,"a b")"#, 0),
        (r#"streq(a  b,"a b")"#, 0),
        (r#"streq("a  b","a b")"#, 1),
        (r"streq(a\x41,aA)", 0),
        (r"streq\(a,a)", 2),
        ("1 \"", 2),
        ("# x", 2),
        ("1 # x", 2),
        ("1#", 2),
        ("strneq(a,b)", 0),
        ("strneq(a,a)", 1),
        ("strneq(a)", 2),
        ("strstr(abc,b)", 0),
        ("strstr(abc,)", 0),
        ("strstr(b,abc)", 1),
        ("strstr(,)", 0),
        ("strstr(\"\",a)", 1),
    ] {
        check(text, status);
    }
}

#[test]
fn variables() {
    for (text, status) in [
        ("streq(\"$A\",\"1\")", 0),
        ("streq($A,1)", 1),
        ("streq(\"${A}\",1)", 0),
        ("streq(\"${B-x}\",x)", 0),
        ("streq('$A',1)", 1),
        ("streq(\"$B\",)", 0),
        ("\"1\"", 0),
        ("\"$A\"", 0),
        ("\"$E\"", 1),
        ("streq(\"${W[*]}\",\"a b\")", 0),
        ("defined(A)", 0),
        ("defined(E)", 0),
        ("defined(B)", 1),
        ("defined()", 1),
        ("defined", 1),
        ("defined(A,B)", 2),
        ("defined( A)", 1),
        ("defined(\"A\")", 0),
        ("defined(.LINE)", 1),
        ("defined (A)", 2),
    ] {
        check(text, status);
    }
}

#[test]
fn facts_of_the_program() {
    for (text, status) in [
        ("feature(OPENSSL)", 0),
        ("feature(openssl)", 1),
        ("feature(NOPE)", 1),
        ("feature()", 1),
        ("feature", 1),
        ("feature(+OPENSSL)", 1),
        ("feature(OPENSSL,QUIC)", 2),
        ("feature(OPENSSL )", 1),
        ("feature(OPENSSL) || !feature(OPENSSL)", 0),
        ("enabled(EPOLL)", 0),
        ("enabled(epoll)", 1),
        ("enabled(KQUEUE)", 1),
        ("enabled(FAST-FORWARD)", 0),
        ("enabled()", 1),
        ("enabled", 1),
        ("fips_mode", 1),
        ("fips_mode()", 1),
        ("fips_mode(a)", 2),
        ("fips_mode(", 2),
        ("!fips_mode()", 0),
        ("ssllib_name_startswith(OpenSSL)", 0),
        ("ssllib_name_startswith(openssl)", 1),
        ("ssllib_name_startswith()", 0),
        ("ssllib_name_startswith(OpenSSL 3)", 0),
        ("ssllib_name_startswith(AWS)", 1),
        ("awslc_api_atleast(1)", 2),
        ("awslc_api_before(1)", 2),
        ("ssllib_name_startswith(AWS-LC) && awslc_api_atleast(35)", 1),
    ] {
        check(text, status);
    }
}

#[test]
fn versions() {
    for (text, status) in [
        ("version_atleast(2.4)", 0),
        ("version_atleast(1024)", 1),
        ("version_atleast(2.5-dev0)", 0),
        ("version_atleast()", 0),
        ("version_atleast(3.5)", 1),
        ("version_atleast(3.5-dev5)", 0),
        ("version_atleast(3.5-dev4)", 0),
        ("version_atleast(3.5-dev6)", 1),
        ("version_atleast(3.5-dev)", 0),
        ("version_atleast(3.5.0)", 1),
        ("version_atleast(3.5-dev5-50872daa6)", 0),
        ("version_atleast(3.5-dev5-1)", 1),
        ("version_atleast(3)", 0),
        ("version_atleast(3.4.99)", 0),
        ("version_atleast(a)", 0),
        ("version_atleast(3.5-rc1)", 1),
        ("version_atleast(3.5-dev05)", 0),
        ("version_atleast(3.5.1-dev1)", 1),
        ("version_atleast(2.10)", 0),
        ("version_atleast(999999999999)", 1),
        ("version_atleast( 3.4)", 0),
        ("version_atleast(3.4.0-1)", 0),
        ("version_atleast(3.5-dev5,1)", 2),
        ("version_before(3.5)", 0),
        ("version_before(3.5-dev5)", 1),
        ("version_before(3.5-dev6)", 0),
        ("version_atleast(9x)", 0),
        ("version_atleast(9.9.9x)", 0),
        ("version_atleast(9.9-dev1x)", 0),
        ("version_atleast(9.9-x)", 1),
        ("version_atleast(9.9.9.9)", 1),
        ("version_atleast( 9)", 1),
        ("version_atleast(9 )", 0),
        ("version_atleast(3.4-9999)", 0),
        ("version_atleast(x9)", 0),
        ("version_before()", 1),
        ("version_before(3.6)", 0),
        ("openssl_version_atleast(1.1.1)", 0),
        ("openssl_version_atleast(3.0.23)", 1),
        ("openssl_version_atleast(3.0.0)", 0),
        ("openssl_version_atleast(1.1.1zz)", 0),
        ("openssl_version_atleast(3)", 2),
        ("openssl_version_atleast(3.0)", 2),
        ("openssl_version_atleast()", 2),
        ("openssl_version_atleast(3.a)", 2),
        ("openssl_version_atleast(3.)", 2),
        ("openssl_version_before(3.5.0)", 0),
        ("openssl_version_before(3.0.23)", 0),
        ("openssl_version_before(x)", 2),
        // HAProxy 3.5 compares these numbers in the layout of OpenSSL 1.x and says otherwise for its own version.
        ("openssl_version_atleast(3.0.22)", 0),
        ("openssl_version_before(3.0.22)", 1),
        ("openssl_version_atleast(3.0.22-beta1)", 0),
    ] {
        check(text, status);
    }
}

#[test]
fn without_a_tls_library() {
    let facts = Facts::default();
    let ask = |text| evaluate_text(text, &mut SourceMap::new(), &facts, &Environment::empty());
    assert_eq!(ask("ssllib_name_startswith(OpenSSL)"), Ok(false));
    assert_eq!(ask("fips_mode()"), Ok(false));
    assert!(ask("openssl_version_atleast(1.1.1)").is_err());
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
    check(&nested(MAX_CONDITION_DEPTH), 0);
    check(&nested(MAX_CONDITION_DEPTH + 1), 2);
    check(&nested(20_000), 2);
    check(&format!("{}1", "!".repeat(3000)), 0);
    check(&format!("{}1", "0||".repeat(200)), 0);
}

#[test]
fn faults_are_placed_and_help() {
    let check = |text: &str, message: &str, underlined: &str, help: Option<&str>| {
        let mut sources = SourceMap::new();
        let faults = evaluate_text(text, &mut sources, &facts(), &Environment::empty()).unwrap_err();
        let fault = faults.iter().next().unwrap();
        assert_eq!(fault.message(), message, "{text}");
        assert_eq!(String::from_utf8_lossy(sources.bytes(fault.span().unwrap())), underlined, "{text}");
        assert_eq!(fault.helps().first().map(|help| help.text.as_str()), help, "{text}");
    };
    let unexpected = "unexpected character '&' in conditional expression";
    check("1 & 0", unexpected, "&", Some("write && for \"and\""));
    let unknown = "unknown predicate 'strqe' in conditional expression";
    check("1 && strqe(a,b)", unknown, "strqe", Some("did you mean 'streq'?"));
    check(
        "1   &&   true",
        "unknown predicate 'true' in conditional expression",
        "true",
        Some("write 1 for true and 0 for false"),
    );
    check("1 && (0 ", "missing closing parenthesis in conditional expression", "(", None);
    check("streq(a)", "missing arguments for predicate 'streq'", "streq", None);
    check("defined(a,\"b c\")", "too many arguments for predicate 'defined'", "b c", None);
    check("openssl_version_before('3')", "'3' is not an OpenSSL version", "3", None);
}

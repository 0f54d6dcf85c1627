use super::*;

/// Passwords and the hashes that crypt(3) and OpenSSL give for them.
const HASHES: &[(&str, &str)] = &[
    ("pässwörd 1", "abzp3RXJm5gNA"),
    ("pässwörd 1", "$1$abcdefgh$qQRyjBFx/Cg5EHGFj0HYd0"),
    ("pässwörd 1", "$1$a$lDQ7E08u..t4Ok4Xfv5dg/"),
    ("pässwörd 1", "$5$abcdefgh$U6qDL4RHE/.VVeFjwOU2Mkl1u/u/m1Qc4ktMDB77Ru3"),
    ("pässwörd 1", "$5$rounds=1000$ab$QUSFouKaCMzuVH80lZl30QqsIGmPnQc7gvyk2tGXI30"),
    (
        "pässwörd 1",
        "$6$abcdefghijklmnop$B9S6jiAa47Ji1Egh64lsPSdX0qVhEODc4fT9q1vDDW5.DXJsMO.wTO29vIid9lFY1voUVXdMH.YyXdkX3LF7j.",
    ),
    (
        "pässwörd 1",
        "$6$rounds=1234$ab$DvoSeV.W8uOJu0R2Gqx9vcnS/plxFmUuOpIoH.6XCllMMv6eIHcKtwCxfdTXQtGNLj8A7xPLS4RcJ0/QnxrsH0",
    ),
    ("pässwörd 1", "$2a$04$abcdefghijklmnopqrstuuttEEnz76zm7MjVN//MHDv0G89wKAxhO"),
    ("pässwörd 1", "$2b$04$abcdefghijklmnopqrstuuttEEnz76zm7MjVN//MHDv0G89wKAxhO"),
    ("pässwörd 1", "$2y$04$abcdefghijklmnopqrstuuttEEnz76zm7MjVN//MHDv0G89wKAxhO"),
    ("pässwörd 1", "$y$j75$abcdefgh$0NM9SeqZO.KK25Z5uaIDlu1gMMOR/d1xEaKzAox/zf5"),
    ("pässwörd 1", "$y$j9T$Kk1wYj2/ZpXYtNfwL5Bmw.$YOHpejYDGw3Z/QnWIP6TQ798w1ocVzuTJPox.MI6En6"),
    ("", "./Una9Fi.seRo"),
    ("", "$1$$qRPK7m23GJusamGpoGLby/"),
    ("", "$5$$3c2QQ0KjIU1OLtB29cl8Fplc2WN7X89bnoEjaR7tWu."),
    ("", "$6$x$QSmr1Bx2g4O6BzKvdkgOcyU6H91X6I/XBv5pSalMhSPkwdH6Beo3F455xZJg0v//bxVK5F4OE5k1.0xuR26MK0"),
    ("", "$2b$04$......................w74bL5gU7LSJClZClCa.Pkz14aTv/XO"),
    ("", "$y$j75$$k3/RXWgfuXdQ./MyGwcEs.LrD4d.k/Vvg9CTtKCC1.B"),
    ("01234567890123456789012345678901234567890123456789012345678901234567890123456789x", "zznQBYYSwOYps"),
    (
        "01234567890123456789012345678901234567890123456789012345678901234567890123456789x",
        "$1$12345678$cylDsFwLWo7E/2oZlpDqr1",
    ),
    (
        "01234567890123456789012345678901234567890123456789012345678901234567890123456789x",
        "$5$x$hppa7A3JoyWkaN6W8gDbfWw9LcoNnZ2I9bptxRNXpG1",
    ),
    (
        "01234567890123456789012345678901234567890123456789012345678901234567890123456789x",
        "$6$./$1jBfjeLWn6jvyB57wSTrdcWkoUqyzWNxC6Tpk6hR9Tn5ZXfE1zGxD5c/SoaLVyCVynU8FW5gVVHoOcRN3Nkip1",
    ),
    (
        "01234567890123456789012345678901234567890123456789012345678901234567890123456789x",
        "$2b$05$XajjQvNhvvRt5GSeFk1xFevUQ/MpXoult1eg8JIet5jfy8RI.KBgK",
    ),
    (
        "01234567890123456789012345678901234567890123456789012345678901234567890123456789x",
        "$y$j75$$M61veZWd.ga113lrs3sk7Xhd9r37foVxtRMRHNaTEM7",
    ),
    ("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "$1$k$.1NKA1fas4IGDfibPwzQv0"),
    (
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "$5$k$sfuozXy1nMsQDQYxPdsscASBaVaJzX1QHxNtPA6xzmC",
    ),
    (
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "$6$k$JsXftLdUsSaTxOdq9AwraL5QGZBstMiBpf.J05nFW5z/3k6mABEdNOKV0WWzoYqrdtPuIRGW5AUsRHrod8NBu.",
    ),
    ("rasmuslerdorf", "rl.3StKT.4T8M"),
    ("secret", "$1$openssl$WADKixAsEAmO6GNrWEvsG/"),
    ("secret", "$5$openssl$E2g9TyCzRwtLcgL4OGz6k5dv2HhdS3rRmxXf0RpcxJ0"),
    ("secret", "$6$openssl$IVBPCMqocSRqcy0eMGtnQTqlstbfvXUADP.FQdAczAe4IX4lc.yoXJxrMLM7wCKCKbm101nZMhvtQ552/bfxW0"),
];

fn parse(text: &str) -> PasswordHash {
    PasswordHash::parse(text.as_bytes()).unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

#[test]
fn passwords() {
    for (password, text) in HASHES {
        let hash = parse(text);
        assert!(hash.matches(password.as_bytes()), "{password} {text}");
        for wrong in [format!("x{password}"), password.replacen(['p', '0', 's', 'r'], "q", 1) + "y"] {
            assert!(!hash.matches(wrong.as_bytes()), "{wrong} {text}");
        }
    }
}

#[test]
fn every_bit_of_a_hash_counts() {
    for (password, text) in HASHES {
        let mut changed = text.as_bytes().to_vec();
        let middle = changed.len() - 5;
        changed[middle] = if changed[middle] == b'a' { b'b' } else { b'a' };
        let hash = PasswordHash::parse(&changed).unwrap();
        assert!(!hash.matches(password.as_bytes()), "{text}");
    }
}

/// What of a password counts: DES takes eight characters of seven bits, bcrypt 72 bytes, and all of them end at a NUL.
#[test]
fn what_counts_of_a_password() {
    let (long, des, bcrypt) = ("0123456789".repeat(8), "zz", "$2b$05$");
    let find = |prefix: &str| {
        let found =
            HASHES.iter().find(|(password, text)| password.starts_with("0123456789") && text.starts_with(prefix));
        parse(found.map(|(_, text)| text).unwrap())
    };
    for (prefix, password, expected) in [
        (des, "01234567", true),
        (des, "0123456", false),
        (des, "\u{b0}1234567", false),
        (bcrypt, &long[..72], true),
        (bcrypt, &long[..71], false),
        ("$1$", &long, false),
    ] {
        assert_eq!(find(prefix).matches(password.as_bytes()), expected, "{prefix} {password}");
    }
    for (password, text) in HASHES {
        let hash = parse(text);
        assert!(hash.matches(format!("{password}\0more").as_bytes()), "{text}");
    }
    assert!(find(des).matches(b"\xb0\xb1234567"));
}

#[test]
fn faults() {
    use HashFault::*;
    let unsupported = |text: &str| match PasswordHash::parse(text.as_bytes()) {
        Err(Unsupported(name)) => name,
        other => panic!("{text}: {other:?}"),
    };
    for (text, name) in [
        (
            "$2x$05$XajjQvNhvvRt5GSeFk1xFe5l47dONXg781AmZtd869sO8zfsHuw7C",
            "bcrypt with the faulty sign extension ($2x$)",
        ),
        ("$3$$8846f7eaee8fb117ad06bdd830b7586c", "NT ($3$)"),
        ("$7$CU..../....x$y", "scrypt ($7$)"),
        ("$gy$j9T$a$b", "gost-yescrypt ($gy$)"),
        ("$md5,rounds=904$a$$b", "SunMD5 ($md5)"),
        ("$sha1$1000$a$b", "SHA-1 with PBKDF1 ($sha1$)"),
        ("$argon2id$v=19$m=65536,t=2,p=1$a$b", "Argon2 ($argon2)"),
        ("_J9..rasmWuvos8B/9gQ", "extended DES (_)"),
    ] {
        assert_eq!(unsupported(text), name);
    }
    let sha256 = "U6qDL4RHE/.VVeFjwOU2Mkl1u/u/m1Qc4ktMDB77Ru3";
    let bcrypt = "ttEEnz76zm7MjVN//MHDv0G89wKAxhO";
    let digest = "YOHpejYDGw3Z/QnWIP6TQ798w1ocVzuTJPox.MI6En6";
    for (text, fault) in [
        ("", Malformed),
        ("!", Malformed),
        ("*", Malformed),
        ("secret", Malformed),
        ("a:3.StKT.4T8M", Malformed),
        ("rl.3StKT.4T8", Malformed),
        ("rl.3StKT.4T8MM", Malformed),
        ("rl.3StKT.4T8N", Malformed),
        ("$", Malformed),
        ("$1", Malformed),
        ("$1$", Malformed),
        ("$1$abc", Malformed),
        ("$1$abc$short", Malformed),
        ("$1$abcdefghi$lDQ7E08u..t4Ok4Xfv5dg/", Malformed),
        ("$1$a$lDQ7E08u..t4Ok4Xfv5dgz", Malformed),
        ("$1$a$lDQ7E08u..t4Ok4Xfv5d=/", Malformed),
        ("$9$abc$x", Malformed),
        (&format!("$5$abcdefghijklmnopq${sha256}"), Malformed),
        (&format!("$5$rounds=999$a${sha256}"), Malformed),
        (&format!("$5$rounds=01000$a${sha256}"), Malformed),
        (&format!("$5$rounds=x$a${sha256}"), Malformed),
        (&format!("$5$rounds=$a${sha256}"), Malformed),
        (&format!("$5$rounds=1000000000$a${sha256}"), Malformed),
        (&format!("$5$rounds=99999999999$a${sha256}"), Malformed),
        (&format!("$6$a${sha256}"), Malformed),
        (&format!("$2b$03$abcdefghijklmnopqrstuu{bcrypt}"), Malformed),
        (&format!("$2b$32$abcdefghijklmnopqrstuu{bcrypt}"), Malformed),
        (&format!("$2b$4$abcdefghijklmnopqrstuu{bcrypt}"), Malformed),
        (&format!("$2b$04$abcdefghijklmnopqrstuv{bcrypt}"), Malformed),
        (&format!("$2b$04$abcdefghijklmnopqrstuu{bcrypt}."), Malformed),
        ("$2b$04$abc", Malformed),
        (&format!("$y$$${digest}"), Malformed),
        (&format!("$y$j9T$a${digest}"), Malformed),
        (&format!("$y$j9T$ab.${digest}x"), Malformed),
        (&format!("$y$jFT$${digest}"), TooCostly),
        (&format!("$y$jDT$${digest}"), TooCostly),
    ] {
        assert_eq!(PasswordHash::parse(text.as_bytes()).map(|_| ()), Err(fault), "{text}");
        assert_eq!(fault.never_matches(), fault == Malformed);
    }
}

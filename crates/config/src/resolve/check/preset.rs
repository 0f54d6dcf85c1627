//! Checks with names of their own (`option smtpchk` and its kin), written down as the steps that they stand for. What they send and
//! tell was measured.

use burdock_model::{CheckAction, CheckBytes, Content, ExpectStep, ProtocolAnswer};
use burdock_pattern::{Case, Regex};
use burdock_sample::{Expression, Format, Phase};
use burdock_state::CheckStatus;
use burdock_syntax::{Span, Word};

use super::script::Compiler;
use super::{Draught, expect};
use crate::draft::{CheckKindLine, MysqlLogin};

/// The steps of a kind of check.
pub(super) fn steps(kind: &CheckKindLine, span: Span, compiler: &mut Compiler<'_>) -> Draught {
    let mut preset = Preset { draught: Draught::default(), span, next: 0, compiler };
    match kind {
        CheckKindLine::TlsHello => preset.tls_hello(),
        CheckKindLine::Smtp(hello) => preset.smtp(hello),
        CheckKindLine::Mysql(login) => preset.mysql(login.as_ref()),
        CheckKindLine::Pgsql(user) => preset.pgsql(user),
        CheckKindLine::Redis => preset.redis(),
        CheckKindLine::Ldap => preset.ldap(),
        CheckKindLine::Spop => preset.spop(),
        // These are made of lines.
        CheckKindLine::Tcp | CheckKindLine::Http | CheckKindLine::External => preset.connect(0),
    }
    preset.draught
}

struct Preset<'p, 'a> {
    draught: Draught,
    span: Span,
    /// The number of the next step.
    next: u32,
    compiler: &'p mut Compiler<'a>,
}

/// An `expect` step in the making; formats and patterns are texts.
#[derive(Default)]
struct Expected<'t> {
    is_negated: bool,
    least_bytes: Option<usize>,
    error_status: Option<CheckStatus>,
    on_success: Option<&'t str>,
    on_error: Option<&'t str>,
    code: Option<&'t str>,
}

/// The first line of what was received.
const FIRST_LINE: &str = "%[res.payload(0,0),cut_crlf]";
/// The text behind a three-digit code.
const BEHIND_CODE: &str = "%[res.payload(4,0),ltrim(' '),cut_crlf]";
/// That code.
const CODE: &str = "res.payload(0,3)";

impl Preset<'_, '_> {
    /// Connects. `number`: how messages count that.
    fn connect(&mut self, number: u32) {
        self.draught.imply_connection();
        if let Some(step) = self.draught.steps.last_mut() {
            step.number = number;
            if let CheckAction::Connect(connect) = &mut step.action {
                connect.linger = true;
            }
        }
        self.next = number + 1;
    }

    fn push(&mut self, action: CheckAction) {
        self.draught.push(self.next, None, action);
        self.next += 1;
    }

    fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.push(CheckAction::Send(CheckBytes::Fixed(bytes.as_ref().into())));
    }

    fn expect(&mut self, content: Content, expected: &Expected<'_>) {
        let step = ExpectStep {
            content,
            negated: expected.is_negated,
            least_bytes: expected.least_bytes,
            error_status: expected.error_status.unwrap_or(CheckStatus::Layer7Problem),
            on_success: expected.on_success.and_then(|text| self.format(text)),
            on_error: expected.on_error.and_then(|text| self.format(text)),
            code: expected.code.and_then(|text| self.expression(text)),
            ..expect::usual()
        };
        self.push(CheckAction::Expect(Box::new(step)));
    }

    fn format(&mut self, text: &str) -> Option<Format> {
        let word = Word::synthetic(text, self.span);
        let format = Format::parse(&word, &self.compiler.scope, Phase::Check, self.compiler.findings);
        self.compiler.findings.take(format)
    }

    fn expression(&mut self, text: &str) -> Option<Expression> {
        let expression = Expression::parse(&Word::synthetic(text, self.span), &self.compiler.scope);
        self.compiler.findings.take(expression)
    }

    /// A hello of SSL 3.0 with the suites of its time. Whoever speaks TLS answers with a handshake or an alert record.
    fn tls_hello(&mut self) {
        self.connect(0);
        let suites: String = (0x01..=0x1b).chain(0x2f..=0x3a).map(|suite| format!("{suite:04X}")).collect();
        let name: String = b"HAPROXYSSLCHK\nHAPROXYSSLCHK\n".iter().map(|byte| format!("{byte:02X}")).collect();
        let hello = format!("16030000790100007503 00%[date(),htonl,hex]{name}00004E{suites}0100").replace(' ', "");
        if let Some(format) = self.format(&hello) {
            self.push(CheckAction::Send(CheckBytes::Hexadecimal(format)));
        }
        let step = ExpectStep {
            content: regex(b"^1[56]").map_or(Content::Text([].into()), Content::BinaryRegex),
            least_bytes: Some(5),
            ok_status: CheckStatus::Layer6Passed,
            error_status: CheckStatus::Layer6Problem,
            timeout_status: CheckStatus::Layer6Timeout,
            ..expect::usual()
        };
        self.push(CheckAction::Expect(Box::new(step)));
    }

    fn smtp(&mut self, hello: &[u8]) {
        self.connect(0);
        let is_reply = b"^[0-9]{3}[ \\r]";
        self.expect_regex(
            is_reply,
            &Expected { least_bytes: Some(4), on_error: Some(FIRST_LINE), ..Expected::default() },
        );
        let is_good = Expected {
            least_bytes: Some(4),
            error_status: Some(CheckStatus::Layer7Status),
            on_error: Some(BEHIND_CODE),
            code: Some(CODE),
            ..Expected::default()
        };
        self.expect_regex(b"^2[0-9]{2}[ \\r]", &is_good);
        self.send([hello, b"\r\n"].concat());
        // A refusal needs no last line to be one; a welcome is complete with it.
        self.expect_regex(b"^[^2]", &Expected { is_negated: true, ..is_good });
        let is_good = Expected { least_bytes: None, ..is_good };
        self.expect_regex(b"^(2[0-9]{2}-[^\\r]*\\r\\n)*2[0-9]{2}[ \\r]", &is_good);
        self.send(b"QUIT\r\n");
        let is_goodbye = Expected { least_bytes: Some(4), on_success: Some(BEHIND_CODE), ..is_good };
        self.expect_regex(b"^2[0-9]{2}[- \\r]", &is_goodbye);
    }

    /// MySQL's server speaks first, but takes the login at once.
    fn mysql(&mut self, login: Option<&(Word, MysqlLogin)>) {
        self.connect(1);
        if let Some((user, login)) = login {
            self.send(mysql_login(user.as_bytes(), *login));
        }
        self.expect(Content::Answer(ProtocolAnswer::MysqlGreeting), &Expected::default());
        if login.is_some() {
            self.expect(Content::Answer(ProtocolAnswer::MysqlAdmission), &Expected::default());
        }
    }

    fn pgsql(&mut self, user: &Word) {
        self.connect(1);
        let startup = [b"\0\x03\0\0user\0", user.as_bytes(), b"\0\0"].concat();
        self.send([&(startup.len() as u32 + 4).to_be_bytes()[..], &startup].concat());
        self.expect_regex(
            b"^E",
            &Expected {
                is_negated: true,
                least_bytes: Some(5),
                on_error: Some("%[res.payload(6,0)]"),
                ..Expected::default()
            },
        );
        let any_authentication = b"^52000000[A-Z0-9]{2}000000(00|02|03|04|05|06|07|09|0A)";
        let content = regex(any_authentication).map_or(Content::Text([].into()), Content::BinaryRegex);
        self.expect(
            content,
            &Expected {
                least_bytes: Some(9),
                error_status: Some(CheckStatus::Layer7Status),
                on_success: Some("PostgreSQL server is ok"),
                on_error: Some("PostgreSQL unknown error"),
                ..Expected::default()
            },
        );
    }

    fn redis(&mut self) {
        self.connect(1);
        self.send(b"*1\r\n$4\r\nPING\r\n");
        self.expect(
            Content::Text(b"+PONG\r\n"[..].into()),
            &Expected {
                error_status: Some(CheckStatus::Layer7Status),
                on_success: Some("Redis server is ok"),
                on_error: Some(FIRST_LINE),
                ..Expected::default()
            },
        );
    }

    /// An anonymous bind of version 3 (RFC 4511 section 4.2).
    fn ldap(&mut self) {
        self.connect(1);
        self.send(b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\0\x80\0");
        let content = regex(b"^30").map_or(Content::Text([].into()), Content::BinaryRegex);
        let is_sequence =
            Expected { least_bytes: Some(14), on_error: Some("Not LDAPv3 protocol"), ..Expected::default() };
        self.expect(content, &is_sequence);
        self.expect(Content::Answer(ProtocolAnswer::LdapBind), &Expected::default());
    }

    /// A hello that says it is a check.
    fn spop(&mut self) {
        self.connect(1);
        let hello = b"\x01\0\0\0\x01\0\0\x12supported-versions\x08\x032.0\x0emax-frame-size\x03\xfc\xf0\x06\x0ccapabilities\x08\0\
            \x0bhealthcheck\x11";
        self.send([&(hello.len() as u32).to_be_bytes()[..], hello].concat());
        let is_good = Expected { on_success: Some("SPOA server is ok"), ..Expected::default() };
        self.expect(Content::Answer(ProtocolAnswer::SpopHello), &is_good);
    }

    fn expect_regex(&mut self, pattern: &[u8], expected: &Expected<'_>) {
        self.expect(regex(pattern).map_or(Content::Text([].into()), Content::Regex), expected);
    }
}

/// The patterns above can be compiled; a test sees to it.
fn regex(pattern: &[u8]) -> Option<Regex> {
    Regex::new(pattern, Case::Matters).ok()
}

/// A login without a password, and the word that ends the session.
fn mysql_login(user: &[u8], login: MysqlLogin) -> Vec<u8> {
    const QUIT: &[u8] = b"\x01\0\0\0\x01";
    // Capabilities, then the largest packet; since 4.1 the character set and room for what may come.
    let (head, tail): (&[u8], &[u8]) = match login {
        MysqlLogin::Before41 => (b"\0\x80\0\0\x01", b"\0"),
        MysqlLogin::Since41 => (b"\0\x82\0\0\0\x80\0\x01\x21", b"\0"),
        MysqlLogin::Since80 => (b"\0\x82\x08\0\0\x80\0\x01\x21", b"\0mysql_native_password\0"),
    };
    let room: &[u8] = if login == MysqlLogin::Before41 { b"" } else { &[0; 23] };
    let packet = [head, room, user, b"\0", tail].concat();
    let mut bytes = (packet.len() as u32).to_le_bytes();
    bytes[3] = 1;
    [&bytes, &packet[..], QUIT].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Logins seen from HAProxy 3.5.
    #[test]
    fn logins() {
        let room = "\0".repeat(23);
        assert_eq!(mysql_login(b"foo", MysqlLogin::Before41), b"\n\0\0\x01\0\x80\0\0\x01foo\0\0\x01\0\0\0\x01");
        let since41 = [b"%\0\0\x01\0\x82\0\0\0\x80\0\x01!", room.as_bytes(), b"foo\0\0\x01\0\0\0\x01"].concat();
        assert_eq!(mysql_login(b"foo", MysqlLogin::Since41), since41);
        let since80 =
            [b";\0\0\x01\0\x82\x08\0\0\x80\0\x01!", room.as_bytes(), b"foo\0\0mysql_native_password\0\x01\0\0\0\x01"]
                .concat();
        assert_eq!(mysql_login(b"foo", MysqlLogin::Since80), since80);
    }
}

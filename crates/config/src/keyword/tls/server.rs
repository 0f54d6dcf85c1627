//! Options of TLS that only `server` lines have.

use burdock_model::WebSocketProtocol;
use burdock_syntax::Diagnostic;
use burdock_tls::settings::Verify;

use super::{file, kernel_tls, protocols, verify};
use crate::draft::{ServerOptions, Spanned};
use crate::keyword::Keyword;

pub(crate) const OPTIONS: &[Keyword<ServerOptions>] = &[
    Keyword::new("ssl", "", "connections to it speak TLS", "5.2", |server, args| {
        server.tls.enabled = Some(Spanned::new(true, args.name_span));
        Ok(())
    }),
    Keyword::new("no-ssl", "", "connections to it are in clear", "5.2", |server, args| {
        server.tls.enabled = Some(Spanned::new(false, args.name_span));
        Ok(())
    }),
    Keyword::new("verify", "none|required", "whether its certificate is looked at", "5.2", |server, args| {
        const CHOICES: [(&str, Verify); 2] = [("none", Verify::None), ("required", Verify::Required)];
        server.tls.policy.verify = verify(args, &CHOICES)?;
        Ok(())
    }),
    Keyword::new(
        "verifyhost",
        "<name>",
        "the name that its certificate has to be for where it is asked for none by 'sni'",
        "5.2",
        |server, args| {
            server.tls.verify_host = Some(args.text("a host name")?);
            Ok(())
        },
    ),
    Keyword::new("no-verifyhost", "", "takes 'verifyhost' back", "5.2", |server, _| {
        server.tls.verify_host = None;
        Ok(())
    }),
    Keyword::new("crt", "<file>|@<store>/<name>", "the certificate that it is shown", "5.2", |server, args| {
        server.tls.certificate = Some(file(args)?);
        Ok(())
    }),
    Keyword::new("sni", "<expression>", "the name that it is asked for", "5.2", |server, args| {
        server.tls.sni = Some(args.required("a sample expression")?.clone());
        Ok(())
    }),
    Keyword::new(
        "sni-auto",
        "",
        "it is asked for the request's host, where 'sni' says nothing",
        "5.2",
        |server, args| {
            server.tls.sni_auto = Some(Spanned::new(true, args.name_span));
            Ok(())
        },
    ),
    Keyword::new("no-sni-auto", "", "it is asked for no name where 'sni' says nothing", "5.2", |server, args| {
        server.tls.sni_auto = Some(Spanned::new(false, args.name_span));
        Ok(())
    }),
    Keyword::new("no-ssl-reuse", "", "sessions with it are never resumed", "5.2", |server, args| {
        server.tls.no_reuse = Some(Spanned::new(true, args.name_span));
        Ok(())
    }),
    Keyword::new("ssl-reuse", "", "sessions with it are resumed", "5.2", |server, args| {
        server.tls.no_reuse = Some(Spanned::new(false, args.name_span));
        Ok(())
    }),
    Keyword::new("check-ssl", "", "checks speak TLS", "5.2", |server, args| {
        server.tls.check = Some(Spanned::new(true, args.name_span));
        Ok(())
    }),
    Keyword::new("no-check-ssl", "", "checks speak TLS only where requests do", "5.2", |server, args| {
        server.tls.check = Some(Spanned::new(false, args.name_span));
        Ok(())
    }),
    Keyword::new("check-sni", "<name>", "the name that it is asked for by checks", "5.2", |server, args| {
        server.tls.check_sni = Some(args.text("a host name")?);
        Ok(())
    }),
    Keyword::new("check-alpn", "<protocol>[,…]", "the protocols that checks offer", "5.2", |server, args| {
        server.tls.check_alpn = Some(protocols(args)?);
        Ok(())
    }),
    Keyword::new(
        "no-renegotiate",
        "",
        "connections are never negotiated anew, which they are not anyway",
        "5.2",
        |_, _| Ok(()),
    ),
    Keyword::new("renegotiate", "", "connections may be negotiated anew: they never are", "5.2", |_, args| {
        args.report(
            Diagnostic::advice("'renegotiate' changes nothing: connections are never negotiated anew")
                .code("no-meaning-here")
                .at(args.name_span, "accepted, without effect")
                .note("a server that asks for it is told no, and may end the connection"),
        );
        Ok(())
    }),
    Keyword::new("ktls", "on|off", "whether the kernel does the ciphering: it never does", "5.2", |_, args| {
        kernel_tls(args)
    }),
    Keyword::new("ws", "auto|h1|h2", "the protocol for WebSocket", "5.2", |server, args| {
        const CHOICES: [(&str, WebSocketProtocol); 3] =
            [("auto", WebSocketProtocol::Auto), ("h1", WebSocketProtocol::Http1), ("h2", WebSocketProtocol::Http2)];
        server.ws = Some(args.choice("a protocol", &CHOICES)?);
        Ok(())
    }),
];

/// The options that `ssl-default-server-options` may have.
pub(crate) const SSL_DEFAULT_OPTIONS: &[&str] = &[
    "force-sslv3",
    "force-tlsv10",
    "force-tlsv11",
    "force-tlsv12",
    "force-tlsv13",
    "no-renegotiate",
    "no-sslv3",
    "no-tls-tickets",
    "no-tlsv10",
    "no-tlsv11",
    "no-tlsv12",
    "no-tlsv13",
    "renegotiate",
    "ssl-max-ver",
    "ssl-min-ver",
    "tls-tickets",
];

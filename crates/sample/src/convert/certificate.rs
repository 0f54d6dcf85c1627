//! Converters of what was found out about certificates (configuration manual 7.3.1).

use super::Converter;
use crate::args::ArgSpec;
use crate::value::{Type, Value};

pub(super) const CONVERTERS: &[Converter] = &[Converter {
    name: "x509_v_err_str",
    args: ArgSpec::NONE,
    prepare: None,
    input: Type::Int,
    output: Type::Str,
    doc: "The name that OpenSSL has for an outcome of the verification of a certificate, or the number.",
    run: |value, input, _| {
        let Value::Int(number) = value else { return None };
        let fault = u32::try_from(number).ok().and_then(burdock_tls::error_name);
        Some(Value::Str(match (number, fault) {
            (0, _) => b"X509_V_OK",
            (_, Some(fault)) => input.scratch.format(format_args!("X509_V_ERR_{fault}")),
            // A number below zero is written as HAProxy does, as one without a sign.
            (_, None) => input.scratch.format(format_args!("{}", number.cast_unsigned())),
        }))
    },
}];

#[cfg(test)]
mod tests {
    use crate::testing::check_texts;

    #[test]
    fn names_of_faults() {
        check_texts(&[
            ("int(0),x509_v_err_str", "X509_V_OK"),
            ("int(1),x509_v_err_str", "X509_V_ERR_UNSPECIFIED"),
            ("int(10),x509_v_err_str", "X509_V_ERR_CERT_HAS_EXPIRED"),
            ("int(23),x509_v_err_str", "X509_V_ERR_CERT_REVOKED"),
            ("int(34),x509_v_err_str", "X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION"),
            ("int(51),x509_v_err_str", "X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE"),
            ("int(68),x509_v_err_str", "X509_V_ERR_CA_MD_TOO_WEAK"),
            ("int(94),x509_v_err_str", "X509_V_ERR_EC_KEY_EXPLICIT_PARAMS"),
            ("int(95),x509_v_err_str", "95"),
            ("int(99999999999),x509_v_err_str", "99999999999"),
            ("int(-1),x509_v_err_str", "18446744073709551615"),
            ("int(-9223372036854775808),x509_v_err_str", "9223372036854775808"),
        ]);
    }
}

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
        let fault = number.checked_sub(1).and_then(|index| FAULTS.get(usize::try_from(index).ok()?));
        Some(Value::Str(match (number, fault) {
            (0, _) => b"X509_V_OK",
            (_, Some(fault)) => input.scratch.format(format_args!("X509_V_ERR_{fault}")),
            // A number below zero is written as HAProxy does, as one without a sign.
            (_, None) => input.scratch.format(format_args!("{}", number.cast_unsigned())),
        }))
    },
}];

/// The names of faults from number 1 on, as OpenSSL 3.0 has them, without what all begin with.
const FAULTS: [&str; 94] = [
    "UNSPECIFIED",
    "UNABLE_TO_GET_ISSUER_CERT",
    "UNABLE_TO_GET_CRL",
    "UNABLE_TO_DECRYPT_CERT_SIGNATURE",
    "UNABLE_TO_DECRYPT_CRL_SIGNATURE",
    "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY",
    "CERT_SIGNATURE_FAILURE",
    "CRL_SIGNATURE_FAILURE",
    "CERT_NOT_YET_VALID",
    "CERT_HAS_EXPIRED",
    "CRL_NOT_YET_VALID",
    "CRL_HAS_EXPIRED",
    "ERROR_IN_CERT_NOT_BEFORE_FIELD",
    "ERROR_IN_CERT_NOT_AFTER_FIELD",
    "ERROR_IN_CRL_LAST_UPDATE_FIELD",
    "ERROR_IN_CRL_NEXT_UPDATE_FIELD",
    "OUT_OF_MEM",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "CERT_CHAIN_TOO_LONG",
    "CERT_REVOKED",
    "NO_ISSUER_PUBLIC_KEY",
    "PATH_LENGTH_EXCEEDED",
    "INVALID_PURPOSE",
    "CERT_UNTRUSTED",
    "CERT_REJECTED",
    "SUBJECT_ISSUER_MISMATCH",
    "AKID_SKID_MISMATCH",
    "AKID_ISSUER_SERIAL_MISMATCH",
    "KEYUSAGE_NO_CERTSIGN",
    "UNABLE_TO_GET_CRL_ISSUER",
    "UNHANDLED_CRITICAL_EXTENSION",
    "KEYUSAGE_NO_CRL_SIGN",
    "UNHANDLED_CRITICAL_CRL_EXTENSION",
    "INVALID_NON_CA",
    "PROXY_PATH_LENGTH_EXCEEDED",
    "KEYUSAGE_NO_DIGITAL_SIGNATURE",
    "PROXY_CERTIFICATES_NOT_ALLOWED",
    "INVALID_EXTENSION",
    "INVALID_POLICY_EXTENSION",
    "NO_EXPLICIT_POLICY",
    "DIFFERENT_CRL_SCOPE",
    "UNSUPPORTED_EXTENSION_FEATURE",
    "UNNESTED_RESOURCE",
    "PERMITTED_VIOLATION",
    "EXCLUDED_VIOLATION",
    "SUBTREE_MINMAX",
    "APPLICATION_VERIFICATION",
    "UNSUPPORTED_CONSTRAINT_TYPE",
    "UNSUPPORTED_CONSTRAINT_SYNTAX",
    "UNSUPPORTED_NAME_SYNTAX",
    "CRL_PATH_VALIDATION_ERROR",
    "PATH_LOOP",
    "SUITE_B_INVALID_VERSION",
    "SUITE_B_INVALID_ALGORITHM",
    "SUITE_B_INVALID_CURVE",
    "SUITE_B_INVALID_SIGNATURE_ALGORITHM",
    "SUITE_B_LOS_NOT_ALLOWED",
    "SUITE_B_CANNOT_SIGN_P_384_WITH_P_256",
    "HOSTNAME_MISMATCH",
    "EMAIL_MISMATCH",
    "IP_ADDRESS_MISMATCH",
    "DANE_NO_MATCH",
    "EE_KEY_TOO_SMALL",
    "CA_KEY_TOO_SMALL",
    "CA_MD_TOO_WEAK",
    "INVALID_CALL",
    "STORE_LOOKUP",
    "NO_VALID_SCTS",
    "PROXY_SUBJECT_NAME_VIOLATION",
    "OCSP_VERIFY_NEEDED",
    "OCSP_VERIFY_FAILED",
    "OCSP_CERT_UNKNOWN",
    "UNSUPPORTED_SIGNATURE_ALGORITHM",
    "SIGNATURE_ALGORITHM_MISMATCH",
    "SIGNATURE_ALGORITHM_INCONSISTENCY",
    "INVALID_CA",
    "PATHLEN_INVALID_FOR_NON_CA",
    "PATHLEN_WITHOUT_KU_KEY_CERT_SIGN",
    "KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA",
    "ISSUER_NAME_EMPTY",
    "SUBJECT_NAME_EMPTY",
    "MISSING_AUTHORITY_KEY_IDENTIFIER",
    "MISSING_SUBJECT_KEY_IDENTIFIER",
    "EMPTY_SUBJECT_ALT_NAME",
    "EMPTY_SUBJECT_SAN_NOT_CRITICAL",
    "CA_BCONS_NOT_CRITICAL",
    "AUTHORITY_KEY_IDENTIFIER_CRITICAL",
    "SUBJECT_KEY_IDENTIFIER_CRITICAL",
    "CA_CERT_MISSING_KEY_USAGE",
    "EXTENSIONS_REQUIRE_VERSION_3",
    "EC_KEY_EXPLICIT_PARAMS",
];

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

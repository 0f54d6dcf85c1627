//! Verification errors by OpenSSL's numbers and names: the tongue in which operators ignore them and logs tell them.

macro_rules! numbers {
    ($($name:ident = $number:literal),* $(,)?) => {
        $(#[allow(dead_code, reason = "the table is complete; not every error can come of our own verification")]
        pub(crate) const $name: u32 = $number;)*
        const NAMES: &[(&str, u32)] = &[$((stringify!($name), $number)),*];
    };
}

numbers! {
    UNSPECIFIED = 1,
    UNABLE_TO_GET_ISSUER_CERT = 2,
    UNABLE_TO_GET_CRL = 3,
    UNABLE_TO_DECRYPT_CERT_SIGNATURE = 4,
    UNABLE_TO_DECRYPT_CRL_SIGNATURE = 5,
    UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY = 6,
    CERT_SIGNATURE_FAILURE = 7,
    CRL_SIGNATURE_FAILURE = 8,
    CERT_NOT_YET_VALID = 9,
    CERT_HAS_EXPIRED = 10,
    CRL_NOT_YET_VALID = 11,
    CRL_HAS_EXPIRED = 12,
    ERROR_IN_CERT_NOT_BEFORE_FIELD = 13,
    ERROR_IN_CERT_NOT_AFTER_FIELD = 14,
    ERROR_IN_CRL_LAST_UPDATE_FIELD = 15,
    ERROR_IN_CRL_NEXT_UPDATE_FIELD = 16,
    OUT_OF_MEM = 17,
    DEPTH_ZERO_SELF_SIGNED_CERT = 18,
    SELF_SIGNED_CERT_IN_CHAIN = 19,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY = 20,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE = 21,
    CERT_CHAIN_TOO_LONG = 22,
    CERT_REVOKED = 23,
    NO_ISSUER_PUBLIC_KEY = 24,
    PATH_LENGTH_EXCEEDED = 25,
    INVALID_PURPOSE = 26,
    CERT_UNTRUSTED = 27,
    CERT_REJECTED = 28,
    SUBJECT_ISSUER_MISMATCH = 29,
    AKID_SKID_MISMATCH = 30,
    AKID_ISSUER_SERIAL_MISMATCH = 31,
    KEYUSAGE_NO_CERTSIGN = 32,
    UNABLE_TO_GET_CRL_ISSUER = 33,
    UNHANDLED_CRITICAL_EXTENSION = 34,
    KEYUSAGE_NO_CRL_SIGN = 35,
    UNHANDLED_CRITICAL_CRL_EXTENSION = 36,
    INVALID_NON_CA = 37,
    PROXY_PATH_LENGTH_EXCEEDED = 38,
    KEYUSAGE_NO_DIGITAL_SIGNATURE = 39,
    PROXY_CERTIFICATES_NOT_ALLOWED = 40,
    INVALID_EXTENSION = 41,
    INVALID_POLICY_EXTENSION = 42,
    NO_EXPLICIT_POLICY = 43,
    DIFFERENT_CRL_SCOPE = 44,
    UNSUPPORTED_EXTENSION_FEATURE = 45,
    UNNESTED_RESOURCE = 46,
    PERMITTED_VIOLATION = 47,
    EXCLUDED_VIOLATION = 48,
    SUBTREE_MINMAX = 49,
    APPLICATION_VERIFICATION = 50,
    UNSUPPORTED_CONSTRAINT_TYPE = 51,
    UNSUPPORTED_CONSTRAINT_SYNTAX = 52,
    UNSUPPORTED_NAME_SYNTAX = 53,
    CRL_PATH_VALIDATION_ERROR = 54,
    PATH_LOOP = 55,
    SUITE_B_INVALID_VERSION = 56,
    SUITE_B_INVALID_ALGORITHM = 57,
    SUITE_B_INVALID_CURVE = 58,
    SUITE_B_INVALID_SIGNATURE_ALGORITHM = 59,
    SUITE_B_LOS_NOT_ALLOWED = 60,
    SUITE_B_CANNOT_SIGN_P_384_WITH_P_256 = 61,
    HOSTNAME_MISMATCH = 62,
    EMAIL_MISMATCH = 63,
    IP_ADDRESS_MISMATCH = 64,
    DANE_NO_MATCH = 65,
    EE_KEY_TOO_SMALL = 66,
    CA_KEY_TOO_SMALL = 67,
    CA_MD_TOO_WEAK = 68,
    INVALID_CALL = 69,
    STORE_LOOKUP = 70,
    NO_VALID_SCTS = 71,
    PROXY_SUBJECT_NAME_VIOLATION = 72,
    OCSP_VERIFY_NEEDED = 73,
    OCSP_VERIFY_FAILED = 74,
    OCSP_CERT_UNKNOWN = 75,
    UNSUPPORTED_SIGNATURE_ALGORITHM = 76,
    SIGNATURE_ALGORITHM_MISMATCH = 77,
    SIGNATURE_ALGORITHM_INCONSISTENCY = 78,
    INVALID_CA = 79,
    PATHLEN_INVALID_FOR_NON_CA = 80,
    PATHLEN_WITHOUT_KU_KEY_CERT_SIGN = 81,
    KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA = 82,
    ISSUER_NAME_EMPTY = 83,
    SUBJECT_NAME_EMPTY = 84,
    MISSING_AUTHORITY_KEY_IDENTIFIER = 85,
    MISSING_SUBJECT_KEY_IDENTIFIER = 86,
    EMPTY_SUBJECT_ALT_NAME = 87,
    EMPTY_SUBJECT_SAN_NOT_CRITICAL = 88,
    CA_BCONS_NOT_CRITICAL = 89,
    AUTHORITY_KEY_IDENTIFIER_CRITICAL = 90,
    SUBJECT_KEY_IDENTIFIER_CRITICAL = 91,
    CA_CERT_MISSING_KEY_USAGE = 92,
    EXTENSIONS_REQUIRE_VERSION_3 = 93,
    EC_KEY_EXPLICIT_PARAMS = 94,
}

/// The name that OpenSSL has for an error, without what all begin with (`X509_V_ERR_`).
pub fn error_name(number: u32) -> Option<&'static str> {
    NAMES.iter().find(|&&(_, known)| known == number).map(|&(name, _)| name)
}

/// The number of an error by its name in OpenSSL, `X509_V_ERR_…`.
pub fn error_number(name: &str) -> Option<u32> {
    let name = name.strip_prefix("X509_V_ERR_")?;
    NAMES.iter().find(|(known, _)| *known == name).map(|&(_, number)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_numbers() {
        assert_eq!(error_number("X509_V_ERR_CERT_HAS_EXPIRED"), Some(10));
        assert_eq!(error_number("X509_V_ERR_INVALID_CA"), Some(79));
        assert_eq!(error_number("CERT_HAS_EXPIRED"), None);
        assert_eq!(error_number("X509_V_ERR_NO_SUCH"), None);
    }
}

//! Tokens that another implementation has encrypted, and what becomes of those that are not right.

use super::*;
use crate::testing::from_hex;

const OCT16: &str = r#"{"kty":"oct","k":"AQIDBAUGBwgJCgsMDQ4PEA"}"#;
const OCT24: &str = r#"{"kty":"oct","k":"AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcY"}"#;
const OCT32: &str = r#"{"kty":"oct","k":"AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"}"#;
const OCT48: &str = r#"{"kty":"oct","k":"AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8w"}"#;
const OCT64: &str =
    r#"{"kty":"oct","k":"AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4_QA"}"#;
const RSA: &str = r#"{"kty":"RSA","n":"xdzUn8jWBVfSW6hkQJvxNv1veuiLVSpBiA0jpYenKoaqAPIxFHt47tK-PJhe-RzHkvF-Yc8VCjiGdKndbhEy8WvjbDwcrZnMbspiqiRRNr5YnjovuWMghSwA7zAa0CUrPw9JqQ5aAIyrR6Gbez62bDN0xqgCDzq9xdnK51yNd1dd7ISedUvHpZihYeqo4D25qrE4rKaNej_HBluqLW7RRQvSgrvZ5mRhStBlcUofqSnksuNDa5n_dz3tov2aTl_mBN9BH67aAF5r3BZautr7FdIl9pBBL80t40UabqsyhJZLOakhJdkQ8XPZE6YrWzRyOwPZfhj4xDkYEx1sHT6hFQ","e":"AQAB","d":"L7KIP23dJdWBuHljsX9GtYd78Xsl8Ym6A3j1B9LcAeA1tobFDyjerHC0DxFtRPhdd-b-YCzMj5uCDR-3m6TqSLWzH14W_QnM6FmiiHI9ACWn9BgGLm3J5PAIgC83-_VNyWXTK7lYpQg3gPHOk-2MXA9bMoiAIJBzj4wQlmnpjtSkmjCVrzE07iV71zqEUA1nTx-C_XilEymAfE0z0Q3JWe4VkoLSC1nV15d6W60EFkE-rUSvwoGyacw1-GTywLddihwpMUVG0dhCSp_VpBcWwi7AsRuwvvjI7IFkK-KcsYs_pPVGFcb6hxxakJJVTrl2UloKpi5AcY5bJ2YbhX_f","p":"-FzHHHkM8rCDqKDbmIz8k3Osd6HSqvZ6XRt3xZU9O-eBFlc1r0dcovP4qPT8bUFRRI7rKqNFV4OVEacD7LZoG0m7JgkPW1snEUrz3vxsNcysNCDlF7ZwJcdFwvx_gLVAhxCSLKQLrvIpNiwvdKMcOKX8x3ltZFkHJaU4XBBZt28","q":"y_J-0IqvwwGgKHGq8Of_YGxByG1Vcz1FJXikpt3sKnLy6XwfCqJDcKBIjXcTQpJQKPD61vC9UsT2nehCk3KqWv52_LGu_eEzsf-dYyXfYh4qYubN_gvz1oaC2HaiTpsbYxYKi0MhEbYoI8qQzvQssoFdSccWwbzh_VtcPi5rDbs","dp":"mZJk3EpNo1NaVc8BelbTZynDn0XEykoWZ7QwX1BkyMHhpDrQy01JDsnlHDRAUh5tbgMhjv_eRLrsVjn7x0cTIKx6uI4pnMfEZIEAQwW6s5mXcbRVdFAvEG0jyenvvVpWSC4K9OeLAeZjbUftICYrsSuSHpYK-l3CeZisPOEvWKk","dq":"HL-D7LV_7QcPomPTar3pG5hm9W-j-eiLFKsa2oKxxZIKd6sNXRxeUUPmtjowttOVBRBi62Vn6oDlGoEg0VP6e3UfJKOPPS4_cTnM36r5AAWsh-Bs7QCWUIkJbKXcXyQyCheTSOofgTWiFtl47BMzMb5Wfg3YQVr0qBf2urUkVf0","qi":"B4RRy2rljr1AroUojQZX3nC4ScpY-VRrHoJsT7yrzkD7Ix53SslSJ1Isoie9WLdDl5_PCCkMydud6ZVWOIDUMOYGLpxOynzuNXMJsitwdGx5mqURTsgjWPm7KE1PZ89I_0aMyieXJ5FboXK5O1SKTKD_8XVwW9bMrKCTehrr2AU"}"#;
const P256: &str = r#"{"kty":"EC","crv":"P-256","x":"K6TIhhrB83FUYFJRdikOMZis_WX5ZCeF8qgg7hA0mQE","y":"DImIIII-g-XhfqO18VUx62KVZ9pS6VuyL2JqGILFEEc","d":"nm8eMn00EQW4HW3a1JXIYK_f2NVqCGG0pOmGyRUv0bE"}"#;
const P384: &str = r#"{"kty":"EC","crv":"P-384","x":"n0Yyh5l6_Pt0OHAWP0BWCqfv2GfXZsC2LblXGgv6FqgsdMGRDdELNBl14r-nOoi4","y":"1cKIqh---5D5IRnoKxnjTnlGLzQxqsI48svECS_7ytt_BMkz8XRLwSZCo0G0BK-O","d":"qoZIitINGxM4L74kgw-8T4VK8qkNOAdYfVF_v8t5LdRZym4bsudbDv9G68rSDkaV"}"#;
const P521: &str = r#"{"kty":"EC","crv":"P-521","x":"AbyL3h-C9HukBDEeCXuQnNACguSaQE4A9hqJbgTKnPX-pzH01mKL-IazD_RsZZ7uefdMKlZGcrUbiFHMVl-AgXgu","y":"AOJRmdn90K4yAlX_DqJE7yn8750mAH175BL3eq9kbpnYEcxV6_JvJG0KOd0WeHgmc0DVTDyyvvZrb3KtmY7-O9qD","d":"AVOTa7_B_3dtCo0-SXMBUtIfrMNsC4I7sS3LeAek8RjPek1G2Z3Dh4i3nbsxFnY1oOI50Rk7djJeM8W6MbPN_629"}"#;

/// Each says the same.
const CONTENT: &[u8] = b"secret text";

/// Keys, and tokens for them. Their headers say how each is encrypted.
const TOKENS: [(&str, &str); 21] = [
    (OCT16, "eyJhbGciOiAiZGlyIiwgImVuYyI6ICJBMTI4R0NNIn0..TMw7SP5xQvCLiDc7.DHy4erW2j6i3LjQ.kzjn2zPmoOLb91n82UPs2Q"),
    (OCT24, "eyJhbGciOiAiZGlyIiwgImVuYyI6ICJBMTkyR0NNIn0..KDPT9_evBhcBOoM9.X0Iki5jxO1mMxYI.KoflGf4Gmu2MhlHGj0xEfQ"),
    (OCT32, "eyJhbGciOiAiZGlyIiwgImVuYyI6ICJBMjU2R0NNIn0..9sXBxgJISm54f-x2.WXsjjfHTavELk_U.76ZX1pulb8g4TObH6dgIYA"),
    (
        OCT32,
        "eyJhbGciOiAiZGlyIiwgImVuYyI6ICJBMTI4Q0JDLUhTMjU2In0..pMdvd6iv8JQYUsxdo7f_ww.VQ8CiL7zwV1q0U52fYWjbA.eScR70GzV_0ia7mL57Mk6Q",
    ),
    (
        OCT48,
        "eyJhbGciOiAiZGlyIiwgImVuYyI6ICJBMTkyQ0JDLUhTMzg0In0..94fcqdpz47PtRsTky6OZVA.S8VLtFrmq_aBY6iLPWU1gw.YXrUjTWPSEsuuUUR-43bKfqe4QV05dDV",
    ),
    (
        OCT64,
        "eyJhbGciOiAiZGlyIiwgImVuYyI6ICJBMjU2Q0JDLUhTNTEyIn0..NcUypdjWSZALaVNukmcc1A.HnNah5YewGFvaP1X2mtrlw.nolA3nh19pkl4Hl4fT0i7eg6lOcLtkDuuvom2xQQtXY",
    ),
    (
        OCT16,
        "eyJhbGciOiAiQTEyOEtXIiwgImVuYyI6ICJBMTI4R0NNIn0.ovRsrMOQVO2MDGxAzqWmZV8rkU6pSToo.O-2qmrWjP5bKMhjD.EuwfenOtIsy0vkY.PKuYlxGMRXzwo5cq0E4TTg",
    ),
    (
        OCT24,
        "eyJhbGciOiAiQTE5MktXIiwgImVuYyI6ICJBMTI4R0NNIn0.ElGcnYBx2hI_HfeZdbhogauhJC-jgQia.HT20aA5cx_36vOCR.aeZ7v_T5e61WBm8.H4GFb2gJ0t0rjZs6sDpfXg",
    ),
    (
        OCT32,
        "eyJhbGciOiAiQTI1NktXIiwgImVuYyI6ICJBMTI4R0NNIn0.SZKIRN7exheQhm9kNUKWTXTq9B_2o7Gw.9nucmnEYUsY1M1T4.dY6wdSSBEH_BJkk.JFiZHBcoM_uCp4S0gPRnIg",
    ),
    (
        OCT16,
        "eyJhbGciOiAiQTEyOEdDTUtXIiwgImVuYyI6ICJBMTI4R0NNIiwgIml2IjogIk52TTFKeDZSZGdlYk5uN3AiLCAidGFnIjogIlpkVXZ5OHUwaFk2YkthNURzUDJHb2cifQ.d0wYOC4uJKZ-ZWo3swJSyw.1P9ZaJ-xU6rn7VOE.m1xDtTZMfZNuyrU.Iiu84sYGYVib3_F7NDkgxw",
    ),
    (
        OCT24,
        "eyJhbGciOiAiQTE5MkdDTUtXIiwgImVuYyI6ICJBMTI4R0NNIiwgIml2IjogIlNta0IwWXFteUViVHIxNHMiLCAidGFnIjogIk5OTUx4eVVZcmZEeUduS05kSGVVTGcifQ.0-5LhgVzdH_jaOTd4e9KgA.R22seZQAdTQmTW-D.gqdR66eu3hVejfE.expwCHP_KYJ3eSl_x2lkQw",
    ),
    (
        OCT32,
        "eyJhbGciOiAiQTI1NkdDTUtXIiwgImVuYyI6ICJBMTI4R0NNIiwgIml2IjogIm56MVdZeWM4Q3BvM0wxRXkiLCAidGFnIjogInBPUWUyeWlJSlFXVUE0cGkzakZaUXcifQ.3Vgf5126r5--GMMNCcZfdA.fO-0fSfFaWyJcaM2.Rh1-mjhmOSLkBMM.e9hfcJbht2amOubmG_pr-A",
    ),
    (
        RSA,
        "eyJhbGciOiAiUlNBLU9BRVAiLCAiZW5jIjogIkEyNTZHQ00ifQ.PitT4D2JkIBvysuLbGi_EiLF6VEovCbN-Oh6hg5remuPDqO_kaMv8vCv9iMFO_IxZUKik1LT-oQZX-wPVTI_ssC_nptbcKkZcVbI_BSLHiNOPLlPtNbIGiblm278MMklr4o7aMcYikUVnJebR_4MONsQI1h6zFOlMz0Y3Sewh5TGOT63SsNGOXSv9qFnjvX6rE9KG46X6SmbMeur_X51Kg783xYGHPZzwVI_9q8JYJCyLJxePVbkIArkjKcqHzBYe2H5u_x2N5o97As6DvkbXKHgLVq4_pQ855EgY1WVh_mEyMK1iMH6lyRu31y6oGIocVSaDtgzT2zxYwaizHChMg.CGSbBuW2xCIEd3Ip.UyTeeyoMEKEDNvA.shg4SFuKVRll_JtwaK_cXg",
    ),
    (
        RSA,
        "eyJhbGciOiAiUlNBLU9BRVAtMjU2IiwgImVuYyI6ICJBMjU2R0NNIn0.jVVWavTX6uNDV6U1LggjmBdgid5mdKbAIO4GALkHnhkVvLzMXvb9cUQAHr15KgtR8xZ6RXKXUwCsOxWoufu9KT0vo3RIvfT6-F0LAe8TnOjjYrP8ugt4r9_EErcKIQpPAr-1SOO2GA1ZMJWr8LykNnoLhAbiXVRKOgqaX7hCh4FDMODOkAyDIa2bI9xsoey3eI5BIYoamJkb_W5QtHndH_Dywa_BpPnmiYbSRXr1kJtvkNbXHAj1BSL2r9k7rOkZJL_9peumeP3vvbtPlpedhNv76vqcNYk4B2go-OtsyeNtrb_E3ruRQrKrPW0F9C1MtBmqgpA5MnKxRwOvSlK-Fg.CPRESUYDT9Ib-gw6.bCS8iwpEfXmBZoM.0pp_w0DQSzgFk03CulHdCg",
    ),
    (
        P256,
        "eyJhbGciOiAiRUNESC1FUyIsICJlbmMiOiAiQTEyOENCQy1IUzI1NiIsICJlcGsiOiB7Imt0eSI6ICJFQyIsICJjcnYiOiAiUC0yNTYiLCAieCI6ICJtZC1HMHIyTnliMFA3aUNFNEFlRHdTZWdhTnowS0s0X0lMZ2FiYzdKSlpVIiwgInkiOiAiN25hcHFkci03QWZ6MV9Xb0hSalVFVTFicFRIem5zamRETmpWTXNwaHFJMCJ9fQ..kYSqyuE8pXJpty2jjq3oGA.1fhSb6lKJd4L7Fck13-URA.YMMhAeo_r7t-W9VaYYZ2eg",
    ),
    (
        P256,
        "eyJhbGciOiAiRUNESC1FUytBMTI4S1ciLCAiZW5jIjogIkExMjhDQkMtSFMyNTYiLCAiZXBrIjogeyJrdHkiOiAiRUMiLCAiY3J2IjogIlAtMjU2IiwgIngiOiAiT0p1RHZ0ZWFwUk5jZVVOWFFMMThZdFZyOXE0WGd0eG51R21MNEVvbFVUSSIsICJ5IjogImJFUXRHbG5abGFSRjQ4OTI5WU5Ebm1TMzhZUjU4dW5XbnlERU1xWmZxd1kifX0.PnVWXnxMnfs_Kz8sdDMo2VeHfuAZNALaXkxwvclo_BhyZUkRGkJv2Q.8AgS1Ho3ws2PPwWxZk2bSQ.1JqDSg_OcDOMVDDvi_ypWg.GPuAcxBsaBGvEm9fw-ACvQ",
    ),
    (
        P256,
        "eyJhbGciOiAiRUNESC1FUytBMTkyS1ciLCAiZW5jIjogIkExMjhDQkMtSFMyNTYiLCAiZXBrIjogeyJrdHkiOiAiRUMiLCAiY3J2IjogIlAtMjU2IiwgIngiOiAibndfYTV6QkpKSGoxaGRBQklPNllIYVV0R0dqSDZKLWd4MGcyWk9ySzd2OCIsICJ5IjogIlZKbjBhNV9rVFdza3VOTjZtNm9GbzA2N1A0bTVPaVlRTTV1TGJKcWtDZE0ifX0.22plb0FTq98OEYTzbFiApy6Bn3ATIyviBAJ62H6fDPaHjnY0IsWsjQ.4mgHxHwpJllyUmLrnVq8Kw.jjQvjvNoCwD0GeT45EVmow.GHOyiQIHm_qEE-taeC5ivg",
    ),
    (
        P256,
        "eyJhbGciOiAiRUNESC1FUytBMjU2S1ciLCAiZW5jIjogIkExMjhDQkMtSFMyNTYiLCAiZXBrIjogeyJrdHkiOiAiRUMiLCAiY3J2IjogIlAtMjU2IiwgIngiOiAiUVJNQmY2UzVMWTdCdUt5amJZREJBWlYzZVNyMW5idzVZa0g4bFg2VTllNCIsICJ5IjogIlRFT0FOaVU0emZZdThOSUdyR2FvS3NPd000Zy05aDdZMVd0TzdYNjZtQjgifX0.hipAZtM04VfQ5dSruY2WTkKe5z0SsuTyz7YlKwepjZr9px9SB5LP2Q.mlUC7gfoRSLseUhbgRgGHw.qqIJmfLju_xnvvYUgDkWCw.gaJKvkOUqem3scZOEjZZmA",
    ),
    (
        P256,
        "eyJhbGciOiAiRUNESC1FUyIsICJlbmMiOiAiQTE5MkdDTSIsICJhcHUiOiAiUVd4cFkyVSIsICJhcHYiOiAiUW05aSIsICJlcGsiOiB7Imt0eSI6ICJFQyIsICJjcnYiOiAiUC0yNTYiLCAieCI6ICJDNFhnNzNfZjVXaWpfSVFLQkwtajM5c0ZfNzVuZXpXQVV3R1V3QnhGTm84IiwgInkiOiAib0IzX2ZHNEZSSGJlWW1RUGFFLVVUcVRIZTZNSUJiNmdpUjlzM21IcGx5USJ9fQ..AfMaczqZi235r5lX.JHcPHTcRPdY0J3s.Mp9A3kiYMRVDgLcPg6VzPg",
    ),
    (
        P384,
        "eyJhbGciOiAiRUNESC1FUyIsICJlbmMiOiAiQTI1NkNCQy1IUzUxMiIsICJlcGsiOiB7Imt0eSI6ICJFQyIsICJjcnYiOiAiUC0zODQiLCAieCI6ICJIdEJXOG0yZHFsN29rWnVXR29iNXQ4ZzdMTG5kN2RiSVg1MFEzRDFfazZQbXFXTldoWk5Ta2xYNkZLbmJCdW83IiwgInkiOiAiQW80aGQ2Sk5tNl9ldksxbXVtQ3BfT3huVDRFQWZaTktGbTQxbDYzQ3M1V3ZwcFI3M01oMk5vbElJakJGbnN0VyJ9fQ..iZnulaWN6SCFULMa4-h1dw.DqN_R3D_tSCZrAxYEb3-wA.YRLWgUTh5qCOJaY4-qj9Jgyn-U-m2eVRyE_AlBTimtM",
    ),
    (
        P521,
        "eyJhbGciOiAiRUNESC1FUytBMjU2S1ciLCAiZW5jIjogIkExMjhHQ00iLCAiZXBrIjogeyJrdHkiOiAiRUMiLCAiY3J2IjogIlAtNTIxIiwgIngiOiAiQVU4a1U4em1VQmRSRDVUcC1CYXRKQzZ3SkpSMmZvdjBaUjB5bjBZRDVlczlMOGI1Y0lYYUtEaGxnSmZjRW1LcER3NFI2TExMYkhaSXZJelJEVjJLcVpGWiIsICJ5IjogIkFmdVpJVzFaRC0zY2RqMDYxRWdvU2ZUUEMybTRJdDVHczRzaWVFN1FKa3JtOTR0Nk4wZm5rRzV1RDVzdjI1MnpnaU9JU1pLdEpPeDhsUlVKaUlFUDVtZHMifX0.OwFaDc8UQjKo4GJQjPsJtO7OYh6MCbfD.ly9nw39oEXVUFbgK.zMC5zkCZUFzktXg.WFZfjF7wKovMeaNpWEEpgQ",
    ),
];

fn opened(key: &str, token: &str) -> Option<Vec<u8>> {
    let key = DecryptionKey::of_jwk(key.as_bytes()).unwrap_or_else(|fault| panic!("{key}: {fault}"));
    let mut policy = DecryptionPolicy::default();
    policy.set_algorithms("ALL").unwrap();
    open(token.as_bytes(), (&key).into(), policy)
}

/// A token whose key is padded in the old way, and the same with a key of another size.
const OLD: &str = "eyJhbGciOiAiUlNBMV81IiwgImVuYyI6ICJBMjU2R0NNIn0.TN_9RIquVUHHXdQwdqjbFR_28UnF16YomGchbraUN68zFw2qsZBXfnE5D7FqhBUVnyUCwC4Mgtjm4I6QwB_Wr4NuxAHb5P7TcRtlvDKb7fF-_I5ZIy5vaoy3pqLeIF966sIKsDIMcnT0WRTMlBh9mk8gTE8ndc5nsZ5iBkpcBvoM2FQHplrOjb8ei18v6MPEWqFlrQBl_yA-_265wX2yYwDyC7JKRUQifCFmv_KXrywSDrkSdXWqTIwNQSa7FArZRRDdDVPfgKtQLQ912KX81ejzTCb7AnxfVAqQgBDSEIKr75ybGpvqbypuDiUsbhHNbsC2kFc0wDKT7DsqfKFDkg.dupxiTX9UHyysFSt.4U1_NMdlGwm4BT4.EQCdugjK8vyDMEpu_bWX1Q";
const OLD_SHORT: &str = "eyJhbGciOiAiUlNBMV81IiwgImVuYyI6ICJBMjU2R0NNIn0.i1wy5tidftLEGjgRODlXIi38iLjHJUp8bS7G8sMf0VsO41dQ5ubw_Z_HL-SaHudVEOtVdUNJ4mRjv5PUF4F2e01XcFkWlxTbDzlI2dgEjzc7Si728p4X5KmMRl_FcjIIWKtUhhlnK_Y6CRNgUe95GgGqMnwTcN0mNbEqBDuGwc--WP4-omAypUDckbo-BJRuwl9hgORd9lQs2WZmGK4AJV1DLVbzYzQB_Esc8ACeWcLuR4_InyuT1yMNNYfbbZwpqDRnz76c0AGYdC-h7vwq7IR5O-lrMc4C2rmFDCc4R6ueCEh48c9zDSFMgCfR1nkCeUosJUesiObYjfYdZgXBLg.CkyjMsvl9t2vnBUy.zTpCgqH1K-3PtV0.C8npF3axRfkl_t_fCAjUpw";

#[test]
fn old_padding_has_to_be_asked_for() {
    assert_eq!(opened(RSA, OLD).as_deref(), Some(CONTENT));
    assert_eq!(opened(RSA, OLD_SHORT), None);
    let key = DecryptionKey::of_jwk(RSA.as_bytes()).unwrap_or_else(|fault| panic!("{fault}"));
    assert_eq!(open(OLD.as_bytes(), (&key).into(), DecryptionPolicy::default()), None);
}

/// A key that does not come out leaves one that nobody knows, not an error of its own.
#[test]
fn old_padding_tells_nothing() {
    let DecryptionKey::Private(key) = DecryptionKey::of_jwk(RSA.as_bytes()).unwrap_or_else(|fault| panic!("{fault}"))
    else {
        panic!("no private key");
    };
    let part = |token: &str| decoded(token.split('.').nth(1).unwrap().as_bytes()).unwrap();
    let mut broken = part(OLD);
    broken[100] ^= 1;
    for encrypted in [&broken, &part(OLD_SHORT), &Vec::new()] {
        let unknown = || decrypt_old_key(&key, 32, encrypted).unwrap();
        assert!(unknown().len() == 32 && unknown() != unknown());
    }
    assert_eq!(decrypt_old_key(&key, 32, &part(OLD)), decrypt_old_key(&key, 32, &part(OLD)));
}

#[test]
fn tokens_of_every_kind() {
    for (index, (key, token)) in TOKENS.into_iter().enumerate() {
        assert_eq!(opened(key, token).as_deref(), Some(CONTENT), "{token}");
        // Whatever is changed in any of the parts, nothing comes out.
        for part in 0..5 {
            let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
            if parts[part].is_empty() {
                continue;
            }
            let other = if parts[part].starts_with('B') { "C" } else { "B" };
            parts[part].replace_range(..1, other);
            assert_eq!(opened(key, &parts.join(".")), None, "part {part} of {token}");
        }
        let foreign = TOKENS.iter().find(|(other, _)| *other != key).unwrap().0;
        assert_eq!(opened(foreign, token), None, "{index}");
        for cut in [&token[..token.len() - 4], token.rsplit_once('.').unwrap().0, &format!("{token}.x"), ""] {
            assert_eq!(opened(key, cut), None, "{cut}");
        }
    }
}

#[test]
fn what_is_no_key() {
    for (text, fault) in [
        ("", "is no JSON web key with a type ('kty')"),
        ("{}", "is no JSON web key with a type ('kty')"),
        (r#"{"kty":"oct"}"#, "is a key of the type 'oct' without its bytes ('k')"),
        (r#"{"kty":"oct","k":"!"}"#, "is a key of the type 'oct' without its bytes ('k')"),
        (r#"{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"}"#, "is no private key of RSA with all its numbers"),
        (r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AA"}"#, "is no private key on P-256, P-384 or P-521"),
        (r#"{"kty":"OKP"}"#, "has a type ('kty') that is none of 'oct', 'RSA' and 'EC'"),
    ] {
        assert_eq!(DecryptionKey::of_jwk(text.as_bytes()).err(), Some(fault), "{text}");
    }
}

/// RFC 3394 sections 4.1, 4.2, 4.3 and 4.5.
#[test]
fn keys_come_out_of_their_wrapping() {
    const KEY: &str = "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F";
    let key = |bytes: usize| from_hex(KEY)[..bytes].to_vec();
    let text = "00112233445566778899AABBCCDDEEFF";
    for (size, wrapped, expected) in [
        (16, "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5", text),
        (24, "96778B25AE6CA435F92B5B97C050AED2468AB8A17AD84E5D", text),
        (32, "64E8C3F9CE0F5BA263E9777905818A2A93C8191E7D6E8AE7", text),
        (
            32,
            "A8F9BC1612C68B3FF6E6F4FBE30E71E4769C8B80A32CB8958CD5D17D6B254DA1",
            "00112233445566778899AABBCCDDEEFF0001020304050607",
        ),
    ] {
        assert_eq!(unwrap(&key(size), &from_hex(wrapped)), Some(from_hex(expected)), "{wrapped}");
    }
    let mut changed = from_hex("1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5");
    changed[0] ^= 1;
    for wrapped in [changed, vec![0; 8], vec![0; 16], vec![0; 25]] {
        assert_eq!(unwrap(&key(16), &wrapped), None);
    }
}

//! Fields by protocol. Only HTTP/1 is spoken, so that the others' keep their columns empty.

use burdock_model::Mode;
use burdock_state::proxy::FrontendCounter;

use super::{FrontendView, in_http, metrics, n64};

metrics! {
    104 "sess_other" VOLATILE_COUNTER "sessions other than HTTP" {
        frontend: |it| n64(sessions_of(it, Mode::Tcp));
    }
    105 "h1sess" COUNTER "HTTP/1 sessions" {
        frontend: |it| n64(sessions_of(it, Mode::Http));
    }
    106 "h2sess" COUNTER "HTTP/2 sessions" {}
    107 "h3sess" COUNTER "HTTP/3 sessions" {}
    108 "req_other" COUNTER "requests other than HTTP" {}
    109 "h1req" COUNTER "HTTP/1 requests" {
        frontend: |it| n64(it.frontend.state.counters.get(FrontendCounter::Requests));
    }
    110 "h2req" COUNTER "HTTP/2 requests" {}
    111 "h3req" COUNTER "HTTP/3 requests" {}
    112 "proto" STATE "the listener's protocol" {}
    119 "h2_headers_rcvd" VOLATILE_COUNTER "HEADERS frames received" {}
    120 "h2_data_rcvd" VOLATILE_COUNTER "DATA frames received" {}
    121 "h2_settings_rcvd" VOLATILE_COUNTER "SETTINGS frames received" {}
    122 "h2_rst_stream_rcvd" VOLATILE_COUNTER "RST_STREAM frames received" {}
    123 "h2_goaway_rcvd" VOLATILE_COUNTER "GOAWAY frames received" {}
    124 "h2_detected_conn_protocol_errors" VOLATILE_COUNTER "connections closed for a protocol error" {}
    125 "h2_detected_strm_protocol_errors" VOLATILE_COUNTER "streams closed for a protocol error" {}
    126 "h2_rst_stream_resp" VOLATILE_COUNTER "RST_STREAM frames sent" {}
    127 "h2_goaway_resp" VOLATILE_COUNTER "GOAWAY frames sent" {}
    128 "h2_open_connections" GAUGE "open HTTP/2 connections" {}
    129 "h2_backend_open_streams" GAUGE "open HTTP/2 streams to servers" {}
    130 "h2_total_connections" VOLATILE_COUNTER "HTTP/2 connections so far" {}
    131 "h2_backend_total_streams" VOLATILE_COUNTER "HTTP/2 streams to servers so far" {}
    132 "ssl_sess" VOLATILE_COUNTER "TLS sessions established" {}
    133 "ssl_reused_sess" VOLATILE_COUNTER "TLS sessions resumed" {}
    134 "ssl_failed_handshake" VOLATILE_COUNTER "TLS handshakes that failed" {}
    135 "ssl_ocsp_staple" VOLATILE_COUNTER "OCSP responses stapled" {}
    136 "ssl_failed_ocsp_staple" VOLATILE_COUNTER "OCSP responses that could not be stapled" {}
    137 "h3_data" VOLATILE_COUNTER "DATA frames received" {}
    138 "h3_headers" VOLATILE_COUNTER "HEADERS frames received" {}
    139 "h3_cancel_push" VOLATILE_COUNTER "CANCEL_PUSH frames received" {}
    140 "h3_push_promise" VOLATILE_COUNTER "PUSH_PROMISE frames received" {}
    141 "h3_max_push_id" VOLATILE_COUNTER "MAX_PUSH_ID frames received" {}
    142 "h3_goaway" VOLATILE_COUNTER "GOAWAY frames received" {}
    143 "h3_settings" VOLATILE_COUNTER "SETTINGS frames received" {}
    144 "h3_no_error" VOLATILE_COUNTER "HTTP/3 errors H3_NO_ERROR" {}
    145 "h3_general_protocol_error" VOLATILE_COUNTER "HTTP/3 errors H3_GENERAL_PROTOCOL_ERROR" {}
    146 "h3_internal_error" VOLATILE_COUNTER "HTTP/3 errors H3_INTERNAL_ERROR" {}
    147 "h3_stream_creation_error" VOLATILE_COUNTER "HTTP/3 errors H3_STREAM_CREATION_ERROR" {}
    148 "h3_closed_critical_stream" VOLATILE_COUNTER "HTTP/3 errors H3_CLOSED_CRITICAL_STREAM" {}
    149 "h3_frame_unexpected" VOLATILE_COUNTER "HTTP/3 errors H3_FRAME_UNEXPECTED" {}
    150 "h3_frame_error" VOLATILE_COUNTER "HTTP/3 errors H3_FRAME_ERROR" {}
    151 "h3_excessive_load" VOLATILE_COUNTER "HTTP/3 errors H3_EXCESSIVE_LOAD" {}
    152 "h3_id_error" VOLATILE_COUNTER "HTTP/3 errors H3_ID_ERROR" {}
    153 "h3_settings_error" VOLATILE_COUNTER "HTTP/3 errors H3_SETTINGS_ERROR" {}
    154 "h3_missing_settings" VOLATILE_COUNTER "HTTP/3 errors H3_MISSING_SETTINGS" {}
    155 "h3_request_rejected" VOLATILE_COUNTER "HTTP/3 errors H3_REQUEST_REJECTED" {}
    156 "h3_request_cancelled" VOLATILE_COUNTER "HTTP/3 errors H3_REQUEST_CANCELLED" {}
    157 "h3_request_incomplete" VOLATILE_COUNTER "HTTP/3 errors H3_REQUEST_INCOMPLETE" {}
    158 "h3_message_error" VOLATILE_COUNTER "HTTP/3 errors H3_MESSAGE_ERROR" {}
    159 "h3_connect_error" VOLATILE_COUNTER "HTTP/3 errors H3_CONNECT_ERROR" {}
    160 "h3_version_fallback" VOLATILE_COUNTER "HTTP/3 errors H3_VERSION_FALLBACK" {}
    161 "pack_decompression_failed" VOLATILE_COUNTER "QPACK field sections that could not be decoded" {}
    162 "qpack_encoder_stream_error" VOLATILE_COUNTER "errors on QPACK encoder streams" {}
    163 "qpack_decoder_stream_error" VOLATILE_COUNTER "errors on QPACK decoder streams" {}
    164 "quic_rxbuf_full" VOLATILE_COUNTER "receive buffers that were full" {}
    165 "quic_dropped_pkt" VOLATILE_COUNTER "packets dropped" {}
    166 "quic_dropped_pkt_bufoverrun" VOLATILE_COUNTER "packets dropped since a buffer was full" {}
    167 "quic_dropped_parsing_pkt" VOLATILE_COUNTER "packets dropped since they could not be parsed" {}
    168 "quic_socket_full" VOLATILE_COUNTER "sends that found the socket full" {}
    169 "quic_sendto_err" VOLATILE_COUNTER "sends that failed" {}
    170 "quic_sendto_err_unknwn" VOLATILE_COUNTER "sends that failed for an unknown reason" {}
    171 "quic_sent_pkt" VOLATILE_COUNTER "packets sent" {}
    172 "quic_lost_pkt" VOLATILE_COUNTER "packets lost" {}
    173 "quic_too_short_dgram" VOLATILE_COUNTER "datagrams too short for an Initial packet" {}
    174 "quic_retry_sent" VOLATILE_COUNTER "Retry packets sent" {}
    175 "quic_retry_validated" VOLATILE_COUNTER "Retry tokens validated" {}
    176 "quic_retry_error" VOLATILE_COUNTER "Retry tokens refused" {}
    177 "quic_half_open_conn" GAUGE "connections in their handshake" {}
    178 "quic_hdshk_fail" VOLATILE_COUNTER "handshakes that failed" {}
    179 "quic_stless_rst_sent" VOLATILE_COUNTER "stateless resets sent" {}
    180 "quic_conn_migration_done" VOLATILE_COUNTER "connections that changed their path" {}
    181 "quic_transp_err_no_error" VOLATILE_COUNTER "transport errors NO_ERROR" {}
    182 "quic_transp_err_internal_error" VOLATILE_COUNTER "transport errors INTERNAL_ERROR" {}
    183 "quic_transp_err_connection_refused" VOLATILE_COUNTER "transport errors CONNECTION_REFUSED" {}
    184 "quic_transp_err_flow_control_error" VOLATILE_COUNTER "transport errors FLOW_CONTROL_ERROR" {}
    185 "quic_transp_err_stream_limit_error" VOLATILE_COUNTER "transport errors STREAM_LIMIT_ERROR" {}
    186 "quic_transp_err_stream_state_error" VOLATILE_COUNTER "transport errors STREAM_STATE_ERROR" {}
    187 "quic_transp_err_final_size_error" VOLATILE_COUNTER "transport errors FINAL_SIZE_ERROR" {}
    188 "quic_transp_err_frame_encoding_error" VOLATILE_COUNTER "transport errors FRAME_ENCODING_ERROR" {}
    189 "quic_transp_err_transport_parameter_error" VOLATILE_COUNTER "transport errors TRANSPORT_PARAMETER_ERROR" {}
    190 "quic_transp_err_connection_id_limit" VOLATILE_COUNTER "transport errors CONNECTION_ID_LIMIT" {}
    191 "quic_transp_err_protocol_violation_error" VOLATILE_COUNTER "transport errors PROTOCOL_VIOLATION_ERROR" {}
    192 "quic_transp_err_invalid_token" VOLATILE_COUNTER "transport errors INVALID_TOKEN" {}
    193 "quic_transp_err_application_error" VOLATILE_COUNTER "transport errors APPLICATION_ERROR" {}
    194 "quic_transp_err_crypto_buffer_exceeded" VOLATILE_COUNTER "transport errors CRYPTO_BUFFER_EXCEEDED" {}
    195 "quic_transp_err_key_update_error" VOLATILE_COUNTER "transport errors KEY_UPDATE_ERROR" {}
    196 "quic_transp_err_aead_limit_reached" VOLATILE_COUNTER "transport errors AEAD_LIMIT_REACHED" {}
    197 "quic_transp_err_no_viable_path" VOLATILE_COUNTER "transport errors NO_VIABLE_PATH" {}
    198 "quic_transp_err_crypto_error" VOLATILE_COUNTER "transport errors CRYPTO_ERROR" {}
    199 "quic_transp_err_unknown_error" VOLATILE_COUNTER "transport errors UNKNOWN_ERROR" {}
    200 "quic_data_blocked" VOLATILE_COUNTER "DATA_BLOCKED frames received" {}
    201 "quic_stream_data_blocked" VOLATILE_COUNTER "STREAM_DATA_BLOCKED frames received" {}
    202 "quic_streams_blocked_bidi" VOLATILE_COUNTER "STREAMS_BLOCKED frames for bidirectional streams received" {}
    203 "quic_streams_blocked_uni" VOLATILE_COUNTER "STREAMS_BLOCKED frames for unidirectional streams received" {}
    204 "quic_ncbuf_gap_limit" VOLATILE_COUNTER "out-of-order data refused for leaving too small gaps" {}
    205 "h1_open_connections" GAUGE "open HTTP/1 connections" {
        frontend: |it| in_http(it.proxy, n64(it.frontend.state.sessions.get().into()));
    }
    206 "h1_open_streams" GAUGE "open HTTP/1 streams" {}
    207 "h1_total_connections" VOLATILE_COUNTER "HTTP/1 connections so far" {
        frontend: |it| in_http(it.proxy, n64(it.frontend.state.counters.get(FrontendCounter::Connections)));
    }
    208 "h1_total_streams" VOLATILE_COUNTER "HTTP/1 streams so far" {
        frontend: |it| in_http(it.proxy, n64(it.frontend.state.counters.get(FrontendCounter::Requests)));
    }
    209 "h1_bytes_in" VOLATILE_COUNTER "bytes received over HTTP/1" {}
    210 "h1_bytes_out" VOLATILE_COUNTER "bytes sent over HTTP/1" {}
    211 "h1_spliced_bytes_in" VOLATILE_COUNTER "bytes received by splicing" {}
    212 "h1_spliced_bytes_out" VOLATILE_COUNTER "bytes sent by splicing" {}
}

/// Sessions of a frontend, where it is of that mode.
fn sessions_of(it: &FrontendView<'_>, mode: Mode) -> u64 {
    if it.proxy.mode == mode { it.frontend.state.counters.get(FrontendCounter::Sessions) } else { 0 }
}

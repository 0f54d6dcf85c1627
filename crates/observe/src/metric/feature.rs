//! Fields of features that the program does not have yet. They keep their columns, empty as for objects without them; a feature that
//! comes takes its fields along to a file of its own.

use super::metrics;

metrics! {
    29 "throttle" AVERAGE "percentage that a warming server is given" => "current_throttle" Gauge Number {
        // None warms up.
        server: |_| None;
    }
    31 "tracked" SETTING_NAME "the server whose checks this one follows" {}
    34 "rate_lim" LIMIT "sessions that are allowed in a second" {}
    51 "comp_in" COUNTER "bytes that were compressed, before" {}
    52 "comp_out" COUNTER "bytes that were compressed, after" {}
    53 "comp_byp" COUNTER "bytes that were left uncompressed to save resources" {}
    54 "comp_rsp" COUNTER "responses that were compressed" {}
    80 "intercepted" COUNTER "requests answered by the proxy itself" {}
    83 "wrew" COUNTER "headers that could not be rewritten" {}
    86 "cache_lookups" COUNTER "requests looked up in the cache" {}
    87 "cache_hits" COUNTER "requests answered from the cache" {}
    94 "eint" COUNTER "internal errors" {}
    95 "idle_conn_cur" GAUGE "idle connections that were never reused" {}
    96 "safe_conn_cur" GAUGE "idle connections that have been reused" {}
    98 "need_conn_est" GAUGE "estimate of the connections that are needed" {}
    100 "agg_server_status" GAUGE "servers by status" => "agg_server_status" Gauge ServersByState {}
    101 "agg_server_check_status" GAUGE "servers by status, under an older name" => "agg_server_check_status" Gauge ServersByState {}
    102 "agg_check_status" GAUGE "servers by result of their check" => "agg_check_status" Gauge ServersByCheck {}
    103 "srid" VOLATILE_COUNTER "revision of the server's number" {}
    113 "priv_idle_cur" GAUGE "idle connections that belong to one client" {}
    118 "cache_hint_hits" COUNTER "early hints sent from the cache" {}
}

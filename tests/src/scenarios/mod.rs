//! What every adapter must do, over real sockets, written once. Each scenario stands in one list with the rules
//! that it pins; an adapter's test file makes a test of each with `instantiate_scenarios!`.
//!
//! Rules are those of the contract: sequence numbers as `1` to `12`, everything else by its letter.

mod answers;
mod closing;
mod compression;
mod connecting;
mod eyeballs;
mod figures;
mod incoming;
mod keepalive;
mod parameters;
mod policies;
mod prelude;
mod replacing;
mod sending;
mod sequences;
mod timeouts;
mod tls;

use std::marker::PhantomData;

use crate::client::Client;

/// One scenario.
pub struct Scenario {
    /// Its file.
    pub file: &'static str,
    /// Its name in there.
    pub name: &'static str,
    /// The rules that it pins.
    pub rules: &'static str,
    /// Runs it; panics if the adapter does otherwise.
    pub run: fn(),
}

/// The scenarios for the client `C`.
pub struct Scenarios<C>(PhantomData<C>);

/// Runs one scenario by its place in the list.
///
/// # Panics
/// If the adapter does otherwise, or there is no such scenario.
pub fn run<C: Client>(file: &str, name: &str) {
    let mut all = Scenarios::<C>::ALL.iter();
    let scenario = all.find(|scenario| (scenario.file, scenario.name) == (file, name));
    (scenario.expect("a scenario of the list").run)();
}

// The list is written once and becomes two things: a constant, and the macro that makes tests of it. `$d` is a
// dollar sign: the inner macro needs one of its own.
macro_rules! scenarios {
    ($d:tt $($file:ident { $($name:ident: $rules:literal,)+ })+) => {
        impl<C: Client> Scenarios<C> {
            /// All of them.
            pub const ALL: &'static [Scenario] = &[$($(Scenario {
                file: stringify!($file),
                name: stringify!($name),
                rules: $rules,
                run: $file::$name::<C>,
            },)+)+];
        }

        /// Makes a test of every scenario, for the client of the given type.
        #[macro_export]
        macro_rules! instantiate_scenarios {
            ($d client:ty) => {
                $(mod $file {
                    $(#[test]
                    fn $name() {
                        $crate::scenarios::run::<$d client>(stringify!($file), stringify!($name));
                    })+
                })+
            };
        }
    };
}

scenarios! { $
    sequences {
        s01_connect_opens_and_stays: "1, S1, T idle/connect, T connecting/accepted",
        s02_connect_replaces_what_is_open: "2, S3, T open/connect",
        s03_three_connects_in_one_turn: "3, S3, C 2, T connecting/connect",
        s04_refused_parameters_touch_nothing: "4, S4, C 3 4 5, T any/connect invalid",
        s05_close_before_the_answer: "5, G1, T connecting/closeSocket",
        s06_late_close_frame_of_the_old_connection: "6, G1, F5, T closing/connect",
        s09_send_where_nothing_is_open: "9, C 10, T idle/send, T connecting/send, T closing/send",
        s10_fragments_at_the_limit_and_over_it: "10, F3, C 12, T open/over a limit",
        s11_end_of_stream_after_open: "11, T open/EOF",
        s11_reset_after_open: "11, C 1, T open/I-O error",
        s12_frames_glued_to_the_answer: "12, T connecting/accepted, T open/message",
        s12_events_polled_late_are_all_there: "12, G5",
        polling_without_waiting_is_enough: "G5",
    }
    connecting {
        refused: "C 1, G6, T connecting/refused",
        name_not_found: "C 1, T connecting/name not found",
        resolver_says_no: "C 1, T connecting/name not found",
        end_of_stream_before_the_answer: "C 1, T connecting/EOF",
        end_of_stream_inside_the_answer: "C 1, U2, T connecting/EOF",
        reset_before_the_answer: "C 1, T connecting/reset",
        reset_while_accepting: "C 1, T connecting/reset",
        calls_while_connecting: "S4, C 10, T connecting/send, T any/connect invalid, T any/closeSocket invalid",
        close_while_resolving: "G1, T connecting/closeSocket",
        close_while_dialling: "T connecting/closeSocket",
        to_an_ipv6_address: "Q4, V2",
        to_a_name_beyond_ascii: "Q4, V2",
        the_default_port_is_dialled: "Q4, V2",
    }
    figures {
        the_steps_to_open_follow_one_another: "T connecting/accepted",
        what_was_received_and_sent_is_counted: "G1, F6",
    }
    timeouts {
        s07_while_resolving: "7, C 6, G1, G4, T connecting/timeout",
        s07_while_dialling: "7, C 6, G4, T connecting/timeout",
        s07_in_tls: "7, C 6, G4, T connecting/timeout",
        s07_in_the_upgrade: "7, C 6, G4, T connecting/timeout",
        s07_in_an_answer_that_drips: "7, C 6, G4, T connecting/timeout",
        s07_in_the_upgrade_behind_tls: "7, C 6, G4, T connecting/timeout",
        connects_again_and_again_from_the_handler: "7, G4",
        the_timer_ends_with_the_open: "C 6, D",
        a_replaced_connection_takes_its_timer_along: "C 6, G1",
    }
    tls {
        tls13: "S1, T connecting/accepted",
        tls12: "S1, T connecting/accepted",
        certificate_names_the_address: "C 7",
        certificate_does_not_name_the_address: "C 7, T connecting/TLS failure",
        certificate_untrusted: "C 7, T connecting/TLS failure",
        certificate_unknown_to_the_platform: "C 7, D",
        certificate_expired: "C 7, G6, T connecting/TLS failure",
        certificate_not_yet_valid: "C 7, T connecting/TLS failure",
        certificate_for_another_name: "C 7, T connecting/TLS failure",
        certificate_self_signed: "C 7, T connecting/TLS failure",
        certificate_malformed: "C 7, T connecting/TLS failure",
        certificate_revoked: "C 7, T connecting/TLS failure",
        certificate_with_an_algorithm_that_is_not_accepted: "C 7, T connecting/TLS failure",
        alert_from_the_server: "C 1, C 7",
        no_common_version: "C 1",
        no_tls_at_all: "C 1",
        end_of_stream_in_the_handshake: "C 1, T connecting/EOF",
        close_while_in_the_handshake: "T connecting/closeSocket",
        cut_before_the_answer: "C 1, F5",
        cut_without_close_notify: "F5, T open/EOF",
        ended_with_close_notify: "F5, T open/EOF",
        broken_record_after_open: "C 1, T open/I-O error",
        frames_glued_to_the_answer: "12",
        large_messages_both_ways: "T open/send, T open/message",
        connects_again_with_a_resumed_session: "G4",
        replaced_by_another: "2, T open/connect",
        says_goodbye_in_tls_too: "F5",
    }
    answers {
        s08_status_is_8_and_said: "8, C 8, G6, U1, T connecting/bad answer",
        s08_wrong_accept_is_8: "8, C 8, U3",
        s08_unoffered_subprotocol_is_9: "8, C 9, U4",
        s08_offered_subprotocol_opens: "8, Q3, U4",
        no_subprotocol_of_those_offered_opens: "U4",
        another_subprotocol_is_8: "C 8, U4",
        unoffered_extension_is_8: "C 8, U4, U5",
        missing_or_repeated_headers_are_8: "C 8, U3",
        malformed_answers_are_8_at_once: "C 8, U2",
        unusual_answers_open: "U1, U2, U3, U6",
        an_answer_that_drips_opens: "U2",
        headers_of_the_answer_are_shown: "U2",
        head_of_exactly_the_limit_opens: "Q5",
        head_over_the_limit_is_12: "Q5, C 12",
        many_headers_open: "Q5",
    }
    incoming {
        broken_frames_are_1002: "F1, F4, C 1, T open/violation",
        text_that_is_not_utf8_is_1007: "F2, F4, T open/invalid UTF-8",
        frame_over_the_limit_is_12: "F3, C 12, T open/over a limit",
        frames_of_every_size_arrive: "T open/message",
        frames_that_drip_arrive: "T open/message",
        what_is_behind_urgent_data_arrives: "T open/message",
        fragments_without_number_arrive: "F3, T open/message",
        empty_messages_arrive: "T open/message",
        pings_are_answered: "T open/ping",
        the_newest_of_many_pings_is_answered: "T open/ping",
        messages_before_a_violation_are_delivered: "G5, F1",
        an_answer_goes_out_before_the_next_frame: "F5, T open/violation",
        nothing_follows_a_close_frame: "G3, T open/close frame",
        a_cut_frame_at_the_end_is_an_end: "T open/EOF",
        a_pause_of_receiving_holds_messages_back: "G5, G7",
        a_long_message_comes_in_parts: "F2, G7, T open/message",
    }
    compression {
        messages_go_and_come_compressed: "U5, T open/send, T open/message",
        messages_go_and_come_compressed_behind_tls: "U5, T open/send, T open/message",
        a_server_need_not_take_the_offer: "U5",
        an_answer_that_the_offer_does_not_allow_is_8: "C 8, U5",
        compressed_frames_that_nobody_may_send_are_1002: "F1, T open/violation",
        what_does_not_inflate_is_1007: "F2, T open/invalid UTF-8",
        what_inflates_to_more_than_the_limit_is_12: "F3, C 12, T open/over a limit",
        pending_sends_fail_with_the_peers_close_compressed: "C 11, F5, T open/close frame",
    }
    closing {
        the_peer_closes: "F4, F5, T open/close frame",
        the_peer_closes_without_a_code: "F4, T open/close frame",
        an_echo_server_closes: "T open/close frame, T open/EOF",
        the_peer_closes_inside_a_message: "F4, T open/close frame",
        we_close: "F4, T open/closeSocket, T closing/close frame",
        the_peers_code_and_reason_are_told: "F4, T closing/close frame",
        an_empty_reply_is_1005: "T closing/close frame",
        end_of_stream_while_closing: "T closing/EOF",
        reset_while_closing: "T closing/error",
        violation_while_closing: "F4, T closing/violation",
        the_close_timer_ends_it: "T closing/close timer",
        messages_and_pings_while_closing_are_dropped: "F4, T closing/messages",
        calls_while_closing: "C 10, T closing/closeSocket, T closing/send, T any/connect invalid",
        both_close_at_once: "T",
        close_with_what_must_not_be_sent: "T any/closeSocket invalid",
        close_with_numbers_that_json_cannot_say: "T any/closeSocket invalid",
        close_in_idle: "T idle/closeSocket",
        the_transport_drains_behind_the_close: "F5, T closing/messages",
    }
    sending {
        messages_of_every_size_go_out: "T open/send",
        frames_are_whole_and_masked: "T open/send",
        a_message_goes_out_in_parts: "F3, T open/send",
        invalid_payloads_are_11: "L, C 11, T open/send invalid",
        message_over_the_limit_is_11: "F3, C 11, T open/send too large",
        success_waits_for_the_last_byte: "T open/send",
        a_full_buffer_is_11: "F3, C 11, T open/send buffer full",
        pending_sends_fail_with_a_reset: "C 11, T open/I-O error",
        sends_fail_with_a_reset_in_a_pause: "F7, C 11, T open/I-O error",
        pending_sends_fail_with_the_end_of_the_stream: "C 11, T open/EOF",
        pending_sends_fail_with_the_peers_close: "C 11, F5, T open/close frame",
        pending_sends_fail_with_a_violation: "C 11, F5, T open/violation",
        pending_sends_fail_with_a_message_over_the_limit: "C 11, F5, T open/over a limit",
        pending_sends_fail_with_a_replacement: "C 11, F5, S3, T open/connect",
        close_goes_out_behind_what_is_queued: "T open/closeSocket",
        pending_sends_fail_with_the_close_timer: "C 11, T closing/close timer",
        pings_are_answered_ahead_of_what_is_queued: "T open/ping",
    }
    keepalive {
        pings_go_out_and_pongs_keep_it_open: "F6",
        no_pong_in_time_is_6: "F6, C 6, T open/no pong",
        pending_sends_fail_with_the_pong_timeout: "F6, C 11, T open/no pong",
        any_frame_ends_the_wait: "F6",
        keepalive_works_behind_tls: "F6, T open/no pong",
    }
    policies {
        on_accept_success_comes_before_the_open: "S2",
        on_accept_a_failure_is_an_event_alone: "S2",
        on_accept_refused_parameters_fail_at_once: "S2, S4",
        on_accept_a_replacement_tells_the_old_one_first: "S2, S3",
        on_accept_three_connects_in_one_turn: "S2, S3",
        on_accept_close_while_connecting: "S2, T connecting/closeSocket",
        on_accept_timeout: "S2, C 6",
        reject_keeps_what_is_there: "S4, V5, C 2",
        reject_stands_between_the_url_and_the_other_parameters: "V5, V6",
        wss_can_be_required: "V3, V4, C 8",
    }
    parameters {
        missing_urls_are_3: "V1, C 3",
        invalid_urls_are_4: "V2, C 4",
        other_schemes_are_5: "V3, C 5",
        invalid_parameters_are_1: "V6, Q2, C 1",
        schemes_in_any_letter_case: "V3",
        data_becomes_the_query: "Q1",
        headers_go_out: "Q2, Q3, Q4",
    }
    eyeballs {
        a_dead_ipv6_address_comes_first: "T",
        many_dead_addresses_come_first: "T",
        the_same_address_twice: "T",
        an_address_that_does_not_answer_comes_first: "T",
        all_addresses_are_dead: "T, C 1",
        no_address_answers: "T, C 6",
    }
    replacing {
        what_the_old_one_received_is_dropped: "G3, T open/connect",
        messages_of_the_old_one_in_the_same_read: "G3, G4, T open/connect",
        the_old_one_is_drained_in_a_pause: "F5",
        the_old_one_fails_late: "G1",
        a_late_name_of_the_old_one: "G1",
        a_hundred_connects_in_one_turn: "3, G7",
        a_hundred_replacements_of_open_ones: "2, G7",
        at_most_eight_linger: "F5, G7",
    }
}

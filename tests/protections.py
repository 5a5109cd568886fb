"""Each protection of a rendered project, taken out, and the test that has to notice.

What once could be taken out unseen stands here: the file, what stands in it, what does then, and
the test that fails. It is one of the project's own wherever an owner relies on the protection.
"""

PROTECTIONS = {
    "what a dependency sets is lost": (
        "app/kit/delivery.py",
        "header for kept in state.temporal_responses for header in kept.raw_headers\n",
        "header for kept in [] for header in kept.raw_headers\n",
        "test_after_a_response_returned_directly",
    ),
    "what comes too late is lost without a word": (
        "app/kit/cookie.py",
        "if sending.has_started:",
        "if False:",
        "test_what_comes_too_late_says_so",
    ),
    "a header that a dependency sets arrives twice": (
        "app/kit/delivery.py",
        "own = [header for header in outgoing if id(header) not in ever_set]",
        "own = sent",
        "test_after_an_object",
    ),
    "a cookie set twice is sent twice": (
        "app/kit/protect.py",
        "        last_of_each_cookie,\n        tell_caches,",
        "        tell_caches,",
        "test_of_a_cookie_set_twice_only_the_last_is_sent",
    ),
    "an error gets the headers of another answer": (
        "app/kit/delivery.py",
        "elif status >= 400:",
        "elif False:",
        "test_an_error_gets_no_header_that_was_meant_for_another_answer",
    ),
    "a middleware of one's own goes around": (
        "app/kit/protect.py",
        "    app.build_middleware_stack = lambda:",
        "    _ = lambda:",
        "test_a_cookie_of_a_middleware_added_later_arrives_once_and_is_not_stored_by_caches",
    ),
    "an unknown path is a page for clients, too": (
        "app/kit/not_found.py",
        "if not asks_for_a_page(",
        "if False and not asks_for_a_page(",
        "test_clients_get_json",
    ),
    "the page of an unknown path is bare at some depth": (
        "app/kit/not_found.py",
        """.replace(b'="./', b'="' + _to_the_root(scope))""",
        "",
        "test_its_relative_urls_lead_to_the_root_from_every_path",
    ),
    "a cookie is stored by a shared cache": (
        "app/kit/caching.py",
        'if said[:1] in ([], [b"no-cache"]):',
        "if False:",
        "test_a_response_that_sets_a_cookie_is_not_stored",
    ),
    "what a cookie changes is cached for all": (
        "app/kit/caching.py",
        "if state.reads_cookies or state.is_personal:",
        "if state.is_personal:",
        "test_an_answer_that_depends_on_a_cookie_says_so",
    ),
    "a route from before is unprotected": (
        "app/kit/protect.py",
        "if path not in own_paths_of_fastapi:",
        "if False:",
        "test_a_route_from_before_it_would_be_unprotected_and_stops_the_start",
    ),
    "a body that only HTTP/2 can send is read": (
        "app/kit/body_limit.py",
        'if scope.get("http_version") not in {"1.0", "1.1"}:',
        "if False:",
        "test_a_body_over_the_limit_is_refused_however_it_is_announced",
    ),
    "a body in chunks is read": (
        "app/kit/body_limit.py",
        '{b"content-length", b"transfer-encoding"}',
        '{b"content-length"}',
        "test_a_body_over_the_limit_is_refused_however_it_is_announced",
    ),
    "a header in upper case is overlooked": (
        "app/kit/protect.py",
        "        lower_case_names,\n",
        "",
        "test_headers_in_upper_case_count_as_what_they_are",
    ),
    "the document hides which cookies are read": (
        "app/kit/protect.py",
        "    document_cookies(app)\n",
        "",
        "test_the_openapi_document_shows_the_cookies",
    ),
    "a layer changes places": (
        "app/kit/protect.py",
        """        Middleware(with_header_limit, settings.max_header_size),
        Middleware(with_cross_origin_protection, settings.trusted_origins),
""",
        """        Middleware(with_cross_origin_protection, settings.trusted_origins),
        Middleware(with_header_limit, settings.max_header_size),
""",
        "test_a_traceback_names_every_layer_from_the_outside_in",
    ),
    "a body of any size is read": (
        "app/kit/protect.py",
        "        Middleware(with_body_limit, settings.max_body_size),\n",
        "",
        "test_a_body_over_the_limit_is_refused_unless_its_route_sets_a_higher_one",
    ),
    "a deletion lacks its attributes": (
        "app/kit/cookie.py",
        '{self.name}=;{self._attributes(place, 0)}"',
        '{self.name}=; Max-Age=0; Path=/; SameSite=lax"',
        "test_a_deletion_has_the_attributes_that_make_a_browser_drop_the_cookie",
    ),
    "a cookie that moved stays where it was": (
        "app/kit/cookie.py",
        "*self._deletions(self.formerly), line",
        "line",
        "test_a_cookie_that_moved_ends_where_it_was",
    ),
    "a declaration is not checked": (
        "app/kit/cookie.py",
        "complaint = next(self._complaints(), None)",
        "complaint = None",
        "test_a_declaration_that_no_browser_would_keep_is_refused",
    ),
    "a prefix is compared with case": (
        "app/kit/browser_rules.py",
        "prefix = name.lower()",
        "prefix = name",
        "test_a_declaration_that_no_browser_would_keep_is_refused",
    ),
    "a path injects attributes": (
        "app/kit/browser_rules.py",
        'r"/[ -:<-~]*(?<! )"',
        'r"/[ -~]*(?<! )"',
        "test_a_declaration_that_no_browser_would_keep_is_refused",
    ),
    "a line break hides at the end": (
        "app/kit/browser_rules.py",
        "_TOKEN.fullmatch",
        "_TOKEN.match",
        "test_a_declaration_that_no_browser_would_keep_is_refused",
    ),
    "a value is too large": (
        "app/kit/cookie.py",
        "if size > MAX_SIZE:",
        "if False:",
        "test_name_and_value_over_4096_bytes_are_refused_without_being_shown",
    ),
    "a value travels unencoded": (
        "app/kit/values.py",
        "return quote(text, safe=_COOKIE_OCTETS)",
        "return text",
        "test_any_model_comes_back_and_reads_as_json_in_a_page",
    ),
    "a model does not read back": (
        "app/kit/values.py",
        "return json if reads_back else None",
        "return json",
        "test_a_model_that_would_not_read_back_is_refused_without_being_shown",
    ),
    "a subclass leaks its fields": (
        "app/kit/cookie.py",
        "return type(value) is self.holds",
        "return isinstance(value, self.holds)",
        "test_a_subclass_is_refused_because_its_own_fields_would_travel_too",
    ),
    "Partitioned is left out": (
        "app/kit/cookie.py",
        '" Partitioned" if',
        '"" if',
        "test_partitioned_works_on_every_python",
    ),
    "a cookie that cannot be read is an error": (
        "app/kit/cookie.py",
        "except Exception:  # A model's validators can raise anything.",
        "except KeyError:",
        "test_text_that_is_not_utf_8_counts_as_absent",
    ),
    "a cookie of another name passes for a prefixed one": (
        "app/kit/cookie_header.py",
        'pair.strip(b" \\t")',
        'pair.strip(b" \\t\\xa0\\x85")',
        "test_a_cookie_is_read_by_its_exact_name_and_only_if_there_is_no_other_one",
    ),
    "of two cookies one counts": (
        "app/kit/cookie_header.py",
        "if len(values) == 1 else None",
        "if values else None",
        "test_a_cookie_is_read_by_its_exact_name_and_only_if_there_is_no_other_one",
    ),
    "a 422 shows the cookies": (
        "app/kit/protect.py",
        "app.add_exception_handler(RequestValidationError, answer_422)",
        "pass",
        "test_a_422_shows_no_cookie",
    ),
    "a 422 shows what a validator quotes": (
        "app/kit/errors.py",
        'if location[:1] in (["cookie"], ["header"]):',
        'if location[:1] == ["cookie"]:',
        "test_a_422_shows_no_cookie",
    ),
    "a 422 grows with the request": (
        "app/kit/errors.py",
        "error.errors()[:MAX_ERRORS]]",
        "error.errors()]",
        "test_a_422_does_not_grow_with_what_the_client_sent",
    ),
    "a close reason shows the cookies": (
        "app/kit/protect.py",
        "app.add_exception_handler(WebSocketRequestValidationError, refuse_handshake)",
        "pass",
        "test_a_refused_handshake_shows_no_cookie",
    ),
    "a log shows the cookies": (
        "app/kit/protect.py",
        "        Middleware(with_input_withheld),\n",
        "",
        "test_the_log_of_a_failed_validation_shows_no_input",
    ),
    "Secure cookies do not work over HTTP": (
        "app/kit/protect.py",
        "        layers.append(Middleware(with_cookies_over_http))\n",
        "        pass\n",
        "test_with_the_setting_cookies_make_the_round_trip",
    ),
    "data is not filtered": (
        "app/kit/filtered.py",
        'return adapter.dump_python(model, mode="json", by_alias=True)',
        "return data",
        "test_a_secret_field_is_filtered",
    ),
    "another site changes something": (
        "app/kit/protect.py",
        "        Middleware(with_cross_origin_protection, settings.trusted_origins),\n",
        "",
        "test_v3_5_1_an_unsafe_request_from_another_origin_is_refused",
    ),
    "another port changes something": (
        "app/kit/csrf.py",
        'in {"same-origin", "none"}',
        'in {"same-origin", "none", "same-site"}',
        "test_v3_5_1_an_unsafe_request_from_another_origin_is_refused",
    ),
    "a host that the client made up is believed": (
        "app/kit/csrf.py",
        'headers.get("host", "")',
        'headers.get("x-forwarded-host", headers.get("host", ""))',
        "test_a_forwarded_host_that_the_client_made_up_is_not_believed",
    ),
    "a refusal hides that a proxy is at fault": (
        "app/kit/csrf.py",
        "        advice += _ADVICE_HOST\n",
        "        pass\n",
        "test_a_refusal_says_what_differs_and_what_the_proxy_has_to_pass",
    ),
    "headers without an end are read": (
        "app/kit/http.py",
        "if self._size > LIMIT and",
        "if False and",
        "test_what_has_no_end_is_hung_up_on",
    ),
    "a long body is taken for endless headers": (
        "app/kit/http.py",
        "        self._size = 0\n        super().on_body(body)",
        "        super().on_body(body)",
        "test_what_has_an_end_is_answered",
    ),
    "everybody is trusted without a word": (
        "app/kit/proxies.py",
        'if value == "*" or any(',
        "if any(",
        "test_trust_in_everybody_is_said_once_at_the_start_in_production",
    ),
    "each probe asks the store": (
        "app/kit/sessions/health.py",
        "if self.clock() >= self._read_again_at:",
        "if True:",
        "test_the_store_is_asked_once_a_second_whoever_asks",
    ),
    "a probe says nothing of a full disk": (
        "app/kit/sessions/health.py",
        "self._cannot_read or self._cannot_write",
        "self._cannot_read",
        "test_a_store_that_can_only_be_read_is_told_until_it_can_be_written",
    ),
    "a WebSocket is opened from another site": (
        "app/kit/csrf.py",
        'if scope.get("method") in SAFE_METHODS',
        'if scope["type"] == "websocket" or scope.get("method") in SAFE_METHODS',
        "test_v3_5_1_a_websocket_handshake_from_another_origin_is_refused",
    ),
    "any origin may read": (
        "app/kit/protect.py",
        "            allow_origins=settings.trusted_origins,",
        '            allow_origin_regex=r"https://.*",',
        "test_v3_5_1_no_other_origin_gains_anything_from_that",
    ),
    "tokens of 60 random bits": (
        "app/kit/sessions/tokens.py",
        "return secrets.token_urlsafe(32)",
        'return secrets.token_urlsafe(8).ljust(43, "A")',
        "test_v7_2_3_no_bit_of_a_token_follows_from_others",
    ),
    "tokens hashed from 56 random bits": (
        "app/kit/sessions/tokens.py",
        "return secrets.token_urlsafe(32)",
        (
            "import base64; return base64.urlsafe_b64encode(sha256(secrets."
            "token_bytes(7)).digest()).decode()[:43]"
        ),
        "test_v7_2_3_no_bit_of_a_token_follows_from_others",
    ),
    "tokens of a predictable generator": (
        "app/kit/sessions/tokens.py",
        "return secrets.token_urlsafe(32)",
        (
            "import base64, random; return base64.urlsafe_b64encode(random."
            "randbytes(32)).decode()[:43]"
        ),
        "test_v7_2_3_no_bit_of_a_token_follows_from_others",
    ),
    "tokens of the time": (
        "app/kit/sessions/tokens.py",
        "return secrets.token_urlsafe(32)",
        (
            "import base64, time; return base64.urlsafe_b64encode(sha256(str(time."
            "time_ns()).encode()).digest()).decode()[:43]"
        ),
        "test_v7_2_3_no_bit_of_a_token_follows_from_others",
    ),
    "tokens are stored as they are": (
        "app/kit/sessions/tokens.py",
        "return sha256(secret.encode()).hexdigest()",
        "return secret",
        "test_v7_2_3_only_the_hash_of_a_token_is_stored",
    ),
    "a second Cookie header is not read": (
        "app/kit/cookie_header.py",
        "                found.append((name, value))\n",
        "                found.append((name, value))\n        break\n",
        "test_all_headers_with_cookies_are_read",
    ),
    "each header has the limit to itself": (
        "app/kit/header_limit.py",
        "size = sum(map(len, names_and_values))",
        "size = max(map(len, names_and_values))",
        "test_the_limit_is_of_all_headers_together",
    ),
    "a use does not prolong what is stored": (
        "app/kit/sessions/sql.py",
        "SET seen_at = {seen_at}, expires_at = {expires_at}",
        "SET seen_at = {seen_at}",
        "test_a_session_that_is_used_is_kept_for_longer",
    ),
    "expired counters stay": (
        "app/kit/sessions/cleaning.py",
        "await store.remove_expired_counters(now(), _STEP)",
        "0",
        "test_expired_sessions_are_removed_while_the_app_runs",
    ),
    "passwords are hashed on the event loop": (
        "app/kit/sessions/passwords.py",
        "await loop.run_in_executor(_THREADS, _matches, checked, password)",
        "_matches(checked, password)",
        "test_four_passwords_at_once_are_hashed_and_the_event_loop_is_free_meanwhile",
    ),
    "attempts at once go past the limit of an address": (
        "app/kit/sessions/sql_counters.py",
        "AND value >= {limit}",
        "AND value > {limit}",
        "test_what_one_counter_refuses_the_next_does_not_count",
    ),
    "counters of two kinds are one": (
        "app/kit/sessions/attempts.py",
        'f"{kind} {name}"',
        'f"{name}"',
        "test_an_address_and_a_user_of_the_same_name_are_counted_apart",
    ),
    "the app is healthy without its store": (
        "app/routes/health.py",
        "    await sessions.check()\n",
        "",
        "test_while_the_store_is_away_the_app_is_not_healthy",
    ),
    "who is added takes the others' place": (
        "app/users.py",
        "{**self.hashes, name:",
        "{name:",
        "test_who_is_added_is_added_to_the_others",
    ),
    "a change of password ends nothing": (
        "app/users.py",
        "sha256(hashed.encode())",
        "sha256(user_id.encode())",
        "test_v7_4_2_v7_4_3_another_password_or_none_ends_the_sessions_of_a_user",
    ),
    "sessions hold the hash of the password": (
        "app/users.py",
        "sha256(hashed.encode()).hexdigest()",
        "hashed",
        "test_the_hash_of_a_password_is_not_stored_with_sessions",
    ),
    "sessions outlive the password": (
        "app/kit/sessions/session.py",
        "if user is None or user.auth_hash != record.auth_hash:",
        "if user is None:",
        "test_v7_4_2_v7_4_3_without_the_user_or_the_password_sessions_are_refused",
    ),
    "sessions outlive the user": (
        "app/kit/sessions/session.py",
        "if user is None or user.auth_hash != record.auth_hash:",
        "if user is not None and user.auth_hash != record.auth_hash:",
        "test_v7_4_2_v7_4_3_without_the_user_or_the_password_sessions_are_refused",
    ),
    "an attempt is counted after its check": (
        "app/kit/sessions/attempts.py",
        "        refused_by, seconds = await self._count_attempt(by_address, by_user)\n",
        (
            "        user = await self._users.authenticate(name, password)\n"
            "        refused_by, seconds = await self._count_attempt(by_address, by_user)\n"
        ),
        "test_guesses_at_the_same_time_are_counted_before_they_are_checked",
    ),
    "confirming counted after the check": (
        "app/kit/sessions/attempts.py",
        "        refused_by, seconds = await self._count_attempt(by_session)\n",
        (
            "        found = await self._users.authenticate(name, password)\n"
            "        refused_by, seconds = await self._count_attempt(by_session)\n"
        ),
        "test_guesses_at_the_same_time_are_counted_before_they_are_checked",
    ),
    "attempts as a user are not counted": (
        "app/kit/sessions/attempts.py",
        "await self._count_attempt(by_address, by_user)",
        "await self._count_attempt(by_address)",
        "test_attempts_as_one_user_are_limited",
    ),
    "attempts from an address are not counted": (
        "app/kit/sessions/attempts.py",
        "await self._count_attempt(by_address, by_user)",
        "await self._count_attempt(by_user)",
        "test_attempts_from_one_address_are_limited_and_use_up_nobody_elses",
    ),
    "an address locks others out": (
        "app/kit/sessions/attempts.py",
        "await self._count_attempt(by_address, by_user)",
        "await self._count_attempt(by_user, by_address)",
        "test_attempts_from_one_address_are_limited_and_use_up_nobody_elses",
    ),
    "a stranger over a limit keeps the store busy": (
        "app/kit/sessions/attempts.py",
        "        self._refused_until[counter.key] = ends_at\n",
        "",
        "test_what_is_refused_is_refused_again_without_the_store",
    ),
    "a clock that was ahead refuses for years": (
        "app/kit/sessions/attempts.py",
        "if 0 < left <= most:",
        "if 0 < left:",
        "test_what_a_clock_that_was_ahead_refused_is_not_remembered",
    ),
    "what is refused fills the memory": (
        "app/kit/sessions/attempts.py",
        "if len(self._refused_until) >= _MAX_REMEMBERED:",
        "if False:",
        "test_only_so_many_refusals_are_remembered",
    ),
    "a success forgives the address": (
        "app/kit/sessions/attempts.py",
        "await self._store.forget_count(by_user.key)",
        (
            "await self._store.forget_count(by_user.key)\n"
            "        await self._store.forget_count(by_address.key)"
        ),
        "test_a_success_forgives_a_users_attempts_but_not_those_of_an_address",
    ),
    "attempts are counted by case": (
        "app/kit/sessions/users.py",
        'unicodedata.normalize("NFKC", name).casefold()',
        'unicodedata.normalize("NFKC", name)',
        "test_what_is_counted_is_the_account_and_not_the_spelling",
    ),
    "attempts are counted by spelling": (
        "app/kit/sessions/users.py",
        (
            '        folded = unicodedata.normalize("NFKC", name).casefold()\n'
            '        return unicodedata.normalize("NFKC", folded)'
        ),
        "        return name.casefold()",
        "test_what_is_counted_is_the_account_and_not_the_spelling",
    ),
    "each IPv6 address has attempts of its own": (
        "app/kit/sessions/attempts.py",
        "IPv6Network((int(address), 64), strict=False)",
        "address",
        "test_whoever_has_a_network_has_no_more_attempts",
    ),
    "ten thousand attempts a minute": (
        "app/kit/sessions/settings.py",
        'sign_in_limit_per_user: RateText = "10 per 10 minutes"',
        'sign_in_limit_per_user: RateText = "10000 per minute"',
        "test_v7_1_1_the_limits_are_no_longer_than_nists",
    ),
    "a million attempts from one address": (
        "app/kit/sessions/settings.py",
        'sign_in_limit_per_address: RateText = "100 per 10 minutes"',
        'sign_in_limit_per_address: RateText = "100000 per minute"',
        "test_v7_1_1_the_limits_are_no_longer_than_nists",
    ),
    "confirming is not limited": (
        "app/kit/sessions/attempts.py",
        "        if refused_by is not None:\n"
        "            raise TooManyAttemptsError(seconds)\n"
        "        found",
        "        found",
        "test_confirming_is_limited_too",
    ),
    "strangers use up the attempts to confirm": (
        "app/kit/sessions/attempts.py",
        'self._counter(self._per_user, "session", session_id)',
        'self._counter(self._per_user, "user", self._users.attempt_key(name))',
        "test_strangers_cannot_use_up_the_attempts_to_confirm",
    ),
    "another's password confirms": (
        "app/kit/sessions/attempts.py",
        "if found is None or found.id != user.id:",
        "if found is None:",
        "test_somebody_elses_password_confirms_nothing",
    ),
    "an unknown user gets another answer": (
        "app/kit/sessions/attempts.py",
        '            raise HTTPException(401, "No user has this name and this password.")\n',
        (
            "            known = await self._users.find(name) if name.isdigit() else "
            "any(r.name == name for r in self._users.rows)\n"
            '            raise HTTPException(401, "Wrong password." if known else "No '
            'such user.")\n'
        ),
        "test_an_unknown_user_and_a_wrong_password_get_the_same_answer",
    ),
    "an unknown user is answered sooner": (
        "app/kit/sessions/passwords.py",
        "    loop = asyncio.get_running_loop()\n",
        "    if hashed is None:\n        return False\n    loop = asyncio.get_running_loop()\n",
        "test_an_unknown_user_and_a_wrong_password_take_the_same_time",
    ),
    "dummy verify too quick": (
        "app/kit/sessions/passwords.py",
        "m=19456,t=2,p=1${'A'",
        "m=8,t=1,p=1${'A'",
        "test_an_unknown_user_and_a_wrong_password_take_the_same_time",
    ),
    "the app's users are told apart by time": (
        "app/users.py",
        "        matches = await verify(self.hashes.get(name), password)\n",
        (
            "        if name not in self.hashes:\n"
            "            return None\n"
            "        matches = await verify(self.hashes.get(name), password)\n"
        ),
        "test_a_name_that_nobody_has_is_checked_as_long_as_any_other",
    ),
    "nobody has a password": (
        "app/kit/sessions/passwords.py",
        "return matches and hashed is not None",
        "return matches",
        "test_only_the_password_of_a_hash_is_right",
    ),
    "any password is right": (
        "app/kit/sessions/passwords.py",
        "        return _HASHER.verify(hashed, password)\n    return False",
        "        return _HASHER.verify(hashed, password)\n    return True",
        "test_only_the_password_of_a_hash_is_right",
    ),
    "passwords are hashed with little memory": (
        "app/kit/sessions/passwords.py",
        "memory_cost=19 * 1024",
        "memory_cost=1024",
        "test_hashes_are_argon2id_with_owasps_parameters",
    ),
    "a session lasts though it is idle": (
        "app/kit/sessions/expiry.py",
        "return min(oldest, record.seen_at + settings.session_idle_limit)",
        "return oldest",
        "test_v7_3_1_a_session_ends_when_it_was_idle",
    ),
    "a session lasts as long as it is used": (
        "app/kit/sessions/expiry.py",
        "return min(oldest, record.seen_at + settings.session_idle_limit)",
        "return record.seen_at + settings.session_idle_limit",
        "test_v7_3_2_a_session_ends_however_active_it_is",
    ),
    "a session never expires": (
        "app/kit/sessions/expiry.py",
        "return now >= expires_at(record, settings)",
        "return False",
        "test_v7_3_1_a_session_ends_when_it_was_idle",
    ),
    "a session of a clock that was ahead lasts for years": (
        "app/kit/sessions/expiry.py",
        "if record.created_at > now + CLOCKS_DIFFER:",
        "if False:",
        "test_a_session_that_starts_in_more_than_an_hour_is_refused_until_then",
    ),
    "a counter of a clock that was ahead refuses for years": (
        "app/kit/sessions/sql_counters.py",
        '"clocks_differ": CLOCKS_DIFFER}',
        '"clocks_differ": CLOCKS_DIFFER * 10**6}',
        "test_counters_of_a_clock_that_was_ahead_start_anew",
    ),
    "a counter behind one of a clock that was ahead is not counted": (
        "app/kit/sessions/sql_counters.py",
        "        AND old.expires_at <= {expires_at} + {clocks_differ}\n",
        "",
        "test_counters_of_a_clock_that_was_ahead_start_anew",
    ),
    "confirming prolongs the life": (
        "app/kit/sessions/expiry.py",
        "oldest = record.created_at + settings",
        "oldest = record.confirmed_at + settings",
        "test_v7_3_2_a_session_ends_however_active_it_is",
    ),
    "polling keeps a session alive": (
        "app/kit/sessions/session.py",
        "                return current\n",
        "                await self._note_use(current.record)\n                return current\n",
        "test_v7_3_1_looking_at_a_session_does_not_count_as_use",
    ),
    "idle default a week": (
        "app/kit/sessions/settings.py",
        "session_idle_limit: int = Field(default=60 * 60",
        "session_idle_limit: int = Field(default=7 * 24 * 60 * 60",
        "test_v7_1_1_the_limits_are_no_longer_than_nists",
    ),
    "absolute default a year": (
        "app/kit/sessions/settings.py",
        "session_absolute_limit: int = Field(default=24 * 60 * 60",
        "session_absolute_limit: int = Field(default=365 * 24 * 60 * 60",
        "test_v7_1_1_the_limits_are_no_longer_than_nists",
    ),
    "a password counts as recent for a day": (
        "app/kit/sessions/settings.py",
        "session_fresh_for: int = Field(default=10 * 60",
        "session_fresh_for: int = Field(default=24 * 60 * 60",
        "test_v7_1_1_the_limits_are_no_longer_than_nists",
    ),
    "a password is recent for ever": (
        "app/kit/sessions/session.py",
        "return seconds < self._sessions.fresh_for",
        "return True",
        "test_v7_5_3_a_fresh_session_is_demanded_with_a_403",
    ),
    "a fresh session is not demanded": (
        "app/kit/sessions/dependencies.py",
        "if not session.is_fresh:",
        "if False:",
        "test_v7_5_3_a_fresh_session_is_demanded_with_a_403",
    ),
    "a session is not demanded": (
        "app/kit/sessions/dependencies.py",
        "            if session is None:\n                raise",
        "            if False:\n                raise",
        "test_a_session_is_demanded_with_a_401",
    ),
    "signing in leaves the session before": (
        "app/kit/sessions/session.py",
        "await self.store.add(record, expires_at(record, self._settings), replaces)",
        "await self.store.add(record, expires_at(record, self._settings))",
        "test_v7_2_4_signing_in_issues_a_new_token_and_ends_the_old",
    ),
    "a session that comes after another leaves it": (
        "app/kit/sessions/sql.py",
        "await self.run_both(_END_ONE_BEFORE, _ADD, **values)",
        "await self.run(_ADD, **values)",
        "test_a_session_that_comes_after_another_ends_it",
    ),
    "confirming leaves the old token": (
        "app/kit/sessions/session.py",
        "        if record is None or not has_secret(record, secret_hash):\n"
        "            return None\n",
        "        if (record := await self.stored(token)) is None:\n            return None\n",
        "test_v7_2_4_confirming_issues_a_new_token_and_ends_the_old",
    ),
    "confirming keeps the token": (
        "app/kit/sessions/session.py",
        "            secret_hash=hash_of(secret),\n            old_secret_hash",
        "            secret_hash=session.record.secret_hash,\n            old_secret_hash",
        "test_v7_2_4_confirming_issues_a_new_token_and_ends_the_old",
    ),
    "the id alone signs in": (
        "app/kit/sessions/tokens.py",
        "return compare_digest(record.secret_hash, secret_hash)",
        "return True",
        "test_v7_2_1_only_the_server_makes_tokens",
    ),
    "a token that is no longer good ends the session": (
        "app/kit/sessions/tokens.py",
        "if abs(now - record.renewed_at) >= _UNDER_WAY:",
        "if False:",
        "test_after_a_minute_the_old_token_ends_nothing",
    ),
    "a confirmation outlives the sign-out beside it": (
        "app/kit/sessions/tokens.py",
        "if abs(now - record.renewed_at) >= _UNDER_WAY:",
        "if True:",
        "test_signing_in_or_out_beside_a_confirmation_leaves_no_session",
    ),
    "a clock that is behind keeps the token before": (
        "app/kit/sessions/tokens.py",
        "abs(now - record.renewed_at)",
        "now - record.renewed_at",
        "test_with_another_clock_the_old_token_ends_the_session_for_no_longer",
    ),
    "a renewal overwrites another": (
        "app/kit/sessions/sql.py",
        "WHERE id = {id} AND secret_hash = {old_secret_hash}",
        "WHERE id = {id}",
        "test_only_one_of_several_concurrent_renewals_is_stored",
    ),
    "two releases run a step twice": (
        "app/kit/sessions/tables.py",
        'yield _STEP_DONE.format(schema=dialect["schema"], number=number)',
        "yield from ()",
        "test_each_step_runs_once",
    ),
    "ending all others ends one's own": (
        "app/kit/sessions/session.py",
        'kept = except_for.id if except_for else ""',
        'kept = ""',
        "test_v7_4_3_v7_5_2_users_end_all_their_other_sessions",
    ),
    "ending all others ends none": (
        "app/kit/sessions/session.py",
        "return await self.store.remove_of_user(str(user_id), kept)",
        "return 0",
        "test_v7_4_3_v7_5_2_users_end_all_their_other_sessions",
    ),
    "users see others' sessions": (
        "app/kit/sessions/sql.py",
        "WHERE user_name = {user} ORDER BY",
        "WHERE user_name <> {user} || 'x' ORDER BY",
        "test_v7_5_2_users_see_their_sessions",
    ),
    "users end others' sessions": (
        "app/kit/sessions/sql.py",
        "WHERE id = {id} AND user_name = {user}",
        "WHERE id = {id}",
        "test_v7_5_2_users_end_one_of_their_sessions",
    ),
    "what has expired is listed": (
        "app/kit/sessions/session.py",
        "found = [self._admit(record, user) for record in records]",
        "found = [Session(r, user, self._data(), self) for r in records]",
        "test_v7_5_2_users_see_their_sessions",
    ),
    "what is personal is cached": (
        "app/kit/sessions/dependencies.py",
        "        make_personal(connection)\n",
        "",
        "test_v14_3_2_v3_5_8_what_depends_on_the_session_is_not_stored_or_embedded",
    ),
    "personal answers lack no-store": (
        "app/kit/caching.py",
        "        headers = _without_store(headers)\n        if _SAME",
        "        headers = [*headers]\n        if _SAME",
        "test_v14_3_2_v3_5_8_what_depends_on_the_session_is_not_stored_or_embedded",
    ),
    "personal answers lack Vary": (
        "app/kit/caching.py",
        "if state.reads_cookies or state.is_personal:",
        "if state.reads_cookies:",
        "test_v14_3_2_v3_5_8_what_depends_on_the_session_is_not_stored_or_embedded",
    ),
    "others embed what is personal": (
        "app/kit/caching.py",
        "            headers.append(_SAME_ORIGIN)\n",
        "            pass\n",
        "test_v14_3_2_v3_5_8_what_depends_on_the_session_is_not_stored_or_embedded",
    ),
    "signing out clears half of it": (
        "app/kit/sessions/session.py",
        'CLEAR_SITE_DATA = \'"cache", "storage"\'',
        "CLEAR_SITE_DATA = '\"cache\"'",
        "test_v14_3_1_signing_out_clears_what_the_browser_kept",
    ),
    "the app's sign-in leaves the session before": (
        "app/kit/sessions/visitor.py",
        "replaces=stored",
        "replaces=None",
        "test_v7_2_4_signing_in_again_ends_the_session_before",
    ),
    "the app confirms without the password": (
        "app/kit/sessions/visitor.py",
        "        await attempts.reauthenticate(session.id, session.user, name, password)\n",
        "",
        "test_guessing_at_a_password_is_soon_refused",
    ),
    "the app does not limit attempts": (
        "app/kit/sessions/visitor.py",
        "        user = await attempts.authenticate(name, password, self._connection)\n",
        (
            "        from fastapi import HTTPException\n"
            "        user = await self._sessions.users.authenticate(name, password)\n"
            "        if user is None:\n"
            "            raise HTTPException(401)\n"
        ),
        "test_guessing_at_a_password_is_soon_refused",
    ),
    "the app signs out in the browser only": (
        "app/routes/session.py",
        "    await visitor.sign_out()\n",
        "",
        "test_v7_4_1_v14_3_1_signing_out_ends_the_session_and_clears_what_the_browser_kept",
    ),
    "the app's sign-out clears nothing": (
        "app/routes/session.py",
        '    response.headers["Clear-Site-Data"] = CLEAR_SITE_DATA\n',
        "",
        "test_v7_4_1_v14_3_1_signing_out_ends_the_session_and_clears_what_the_browser_kept",
    ),
    "the app ends others without the password": (
        "app/routes/sessions.py",
        "async def end_other_sessions(session: FreshSession",
        "async def end_other_sessions(session: CurrentSession",
        "test_v7_5_2_sessions_end_only_soon_after_the_password",
    ),
    "the app ends anybody's session": (
        "app/routes/sessions.py",
        "if not await sessions.end(session_id, session.user.id):",
        (
            "record = await sessions.store.read(session_id)\n"
            "    if record is None or not await sessions.end(session_id, record.user):"
        ),
        "test_v7_5_2_nobody_ends_the_sessions_of_others",
    ),
    "the app hashes endless passwords": (
        "app/routes/session.py",
        "SecretStr = Field(max_length=1024)",
        "SecretStr",
        "test_no_password_is_endless",
    ),
    "the app takes large credentials": (
        "app/routes/session.py",
        "MAX_BODY_SIZE = 16 * 1024",
        "MAX_BODY_SIZE = 16 * 1024 * 1024",
        "test_no_password_is_endless",
    ),
    "the session's cookie goes anywhere": (
        "app/sign_in.py",
        '    purpose="Keeps you signed in.",\n',
        '    purpose="Keeps you signed in.",\n    samesite="none",\n',
        "test_v3_3_1_v3_3_2_v3_3_3_v3_3_4_v3_3_5_the_cookie_is_out_of_reach_of_scripts_and_other_hosts",
    ),
    "the session's cookie has no prefix": (
        "app/sign_in.py",
        'f"__Host-Http-{PROJECT.name}-session"',
        'f"{PROJECT.name}-session"',
        "test_v3_3_1_v3_3_2_v3_3_3_v3_3_4_v3_3_5_the_cookie_is_out_of_reach_of_scripts_and_other_hosts",
    ),
    "the session's cookie is not Secure": (
        "app/sign_in.py",
        'f"__Host-Http-{PROJECT.name}-session",\n    str,',
        'f"{PROJECT.name}-session",\n    str,\n    secure=False,',
        "test_v3_3_1_v3_3_2_v3_3_3_v3_3_4_v3_3_5_the_cookie_is_out_of_reach_of_scripts_and_other_hosts",
    ),
    "scripts read the session's cookie": (
        "app/sign_in.py",
        'f"__Host-Http-{PROJECT.name}-session",\n    str,',
        'f"__Host-{PROJECT.name}-session",\n    str,\n    httponly=False,',
        "test_v3_3_1_v3_3_2_v3_3_3_v3_3_4_v3_3_5_the_cookie_is_out_of_reach_of_scripts_and_other_hosts",
    ),
    "SameSite none by default": (
        "app/kit/cookie.py",
        '"none"] = "lax"',
        '"none"] = "none"',
        "test_v3_3_1_v3_3_2_v3_3_3_v3_3_4_v3_3_5_the_cookie_is_out_of_reach_of_scripts_and_other_hosts",
    ),
    "Secure not sent": (
        "app/kit/cookie.py",
        '" Secure" if self.secure or place.partitioned else ""',
        '""',
        "test_v3_3_1_v3_3_2_v3_3_3_v3_3_4_v3_3_5_the_cookie_is_out_of_reach_of_scripts_and_other_hosts",
    ),
    "HttpOnly not sent": (
        "app/kit/cookie.py",
        '" HttpOnly" if self.httponly else ""',
        '""',
        "test_v3_3_1_v3_3_2_v3_3_3_v3_3_4_v3_3_5_the_cookie_is_out_of_reach_of_scripts_and_other_hosts",
    ),
    "a scheme that the client made up is believed": (
        "app/kit/csrf.py",
        "    scheme = _scheme(scope)\n    # Not",
        '    scheme = headers.get("x-forwarded-proto", _scheme(scope))\n    # Not',
        "test_v3_5_1_no_page_of_another_origin_changes_anything",
    ),
    "PUT safe": (
        "app/kit/csrf.py",
        '{"GET", "HEAD", "OPTIONS"}',
        '{"GET", "HEAD", "OPTIONS", "PUT"}',
        "test_v3_5_1_no_page_of_another_origin_changes_anything",
    ),
    "PATCH safe": (
        "app/kit/csrf.py",
        '{"GET", "HEAD", "OPTIONS"}',
        '{"GET", "HEAD", "OPTIONS", "PATCH"}',
        "test_v3_5_1_no_page_of_another_origin_changes_anything",
    ),
    "DELETE safe": (
        "app/kit/csrf.py",
        '{"GET", "HEAD", "OPTIONS"}',
        '{"GET", "HEAD", "OPTIONS", "DELETE"}',
        "test_v3_5_1_no_page_of_another_origin_changes_anything",
    ),
    "cross-site accepted": (
        "app/kit/csrf.py",
        'in {"same-origin", "none"}',
        'in {"same-origin", "none", "cross-site"}',
        "test_v3_5_1_no_page_of_another_origin_changes_anything",
    ),
    "Origin null accepted": (
        "app/kit/csrf.py",
        "    if origin is None:\n",
        '    if origin in (None, "null"):\n',
        "test_v3_5_1_no_page_of_another_origin_changes_anything",
    ),
    "Origin believed over Sec-Fetch-Site": (
        "app/kit/csrf.py",
        "    if fetch_site is not None:",
        '    if fetch_site is not None and origin != "https://app.example":',
        "test_v3_5_1_no_page_of_another_origin_changes_anything",
    ),
    "Origin of another port": (
        "app/kit/csrf.py",
        'origin == f"{scheme}://{host}"',
        'origin.startswith(f"{scheme}://{host}")',
        "test_v3_5_1_no_page_of_another_origin_changes_anything",
    ),
    "Origin of another scheme": (
        "app/kit/csrf.py",
        'origin == f"{scheme}://{host}"',
        'origin.endswith(f"://{host}")',
        "test_v3_5_1_no_page_of_another_origin_changes_anything",
    ),
    "siblings of a trusted origin may read": (
        "app/kit/protect.py",
        "            allow_credentials=True,",
        (
            '            allow_credentials=True, allow_origin_regex=r"https://[a-z]+\\.'
            'spa\\.example",'
        ),
        "test_v3_4_2_v3_5_1_a_trusted_origin_and_no_other_may_read",
    ),
    "siblings of the app may read": (
        "app/kit/protect.py",
        "            allow_credentials=True,",
        (
            '            allow_credentials=True, allow_origin_regex=r"https://([a-z]+\\.'
            ')?app\\.example",'
        ),
        "test_v3_4_2_v3_5_1_a_trusted_origin_and_no_other_may_read",
    ),
    "what starts like a trusted origin may read": (
        "app/kit/protect.py",
        "            allow_credentials=True,",
        '            allow_credentials=True, allow_origin_regex=r"https://spa\\.example.*",',
        "test_v3_4_2_v3_5_1_a_trusted_origin_and_no_other_may_read",
    ),
    "null may read": (
        "app/kit/protect.py",
        "allow_origins=settings.trusted_origins",
        'allow_origins=[*settings.trusted_origins, "null"]',
        "test_v3_4_2_v3_5_1_a_trusted_origin_and_no_other_may_read",
    ),
    "a trusted origin may read over http": (
        "app/kit/protect.py",
        "allow_origins=settings.trusted_origins",
        'allow_origins=[*settings.trusted_origins, "http://spa.example"]',
        "test_v3_4_2_v3_5_1_a_trusted_origin_and_no_other_may_read",
    ),
    "siblings of a trusted origin may write": (
        "app/kit/csrf.py",
        "origin in trusted_origins:",
        'any((origin or "").endswith(each.partition("//")[2]) for each in trusted_origins):',
        "test_v3_4_2_v3_5_1_a_trusted_origin_and_no_other_may_read",
    ),
    "what starts like a trusted origin may write": (
        "app/kit/csrf.py",
        "origin in trusted_origins:",
        'any((origin or "").startswith(each) for each in trusted_origins):',
        "test_v3_4_2_v3_5_1_a_trusted_origin_and_no_other_may_read",
    ),
    "all origins can be trusted": (
        "app/kit/settings.py",
        "    with suppress(ValueError):\n",
        ('    if text == "*":\n        return text\n    with suppress(ValueError):\n'),
        "test_a_setting_that_would_take_a_protection_away_stops_the_app_with_a_sentence",
    ),
    "null can be trusted": (
        "app/kit/settings.py",
        "    with suppress(ValueError):\n",
        ('    if text == "null":\n        return text\n    with suppress(ValueError):\n'),
        "test_a_setting_that_would_take_a_protection_away_stops_the_app_with_a_sentence",
    ),
    "cookies go over http in production": (
        "app/kit/protect.py",
        'if settings.cookies_over_http and settings.fastapi_env == "production":',
        "if False:",
        "test_a_setting_that_would_take_a_protection_away_stops_the_app_with_a_sentence",
    ),
    "unset means development": (
        "app/kit/settings.py",
        'default="production", alias',
        'default="development", alias',
        "test_a_setting_that_would_take_a_protection_away_stops_the_app_with_a_sentence",
    ),
    "a 422 quotes cookies and headers": (
        "app/kit/errors.py",
        'if location[:1] in (["cookie"], ["header"]):',
        "if False:",
        "test_no_error_of_fastapis_shows_a_cookie",
    ),
    "a 422 quotes cookies": (
        "app/kit/errors.py",
        'if location[:1] in (["cookie"], ["header"]):',
        'if location[:1] == ["header"]:',
        "test_no_error_of_fastapis_shows_a_cookie",
    ),
    "a 422 quotes headers": (
        "app/kit/errors.py",
        'if location[:1] in (["cookie"], ["header"]):',
        'if location[:1] == ["cookie"]:',
        "test_no_error_of_fastapis_shows_a_cookie",
    ),
    "a 422 names what is inside a cookie": (
        "app/kit/errors.py",
        "        location = location[:2]\n",
        "",
        "test_no_error_of_fastapis_shows_a_cookie",
    ),
    "a log shows the error before": (
        "app/kit/errors.py",
        "raise withheld from None",
        "raise withheld",
        "test_no_error_of_fastapis_shows_a_cookie",
    ),
    "a file that was removed is used for ever": (
        "app/kit/sessions/sqlite.py",
        "if self._writer is None or inode != self._inode:",
        "if self._writer is None:",
        "test_a_file_that_is_removed_or_replaced_meanwhile_is_opened_anew",
    ),
    "what is written may be lost in a power cut": (
        "app/kit/sessions/sqlite.py",
        'SYNCHRONOUS = "FULL"',
        'SYNCHRONOUS = "NORMAL"',
        "test_what_is_written_survives_a_power_cut_and_is_read_meanwhile",
    ),
    "a long Accept is read": (
        "app/kit/header_limit.py",
        "if size > _LONGEST_ACCEPT:",
        "if False:",
        "test_what_python_reads_in_quadratic_time_does_not_reach_it",
    ),
    "a 422 repeats a long key": (
        "app/kit/errors.py",
        "str(part)[:MAX_LENGTH]",
        "str(part)",
        "test_a_422_does_not_grow_with_what_the_client_sent",
    ),
    "a 422 is as deep as what came": (
        "app/kit/errors.py",
        "location[:MAX_DEPTH]",
        "location",
        "test_a_422_does_not_grow_with_what_the_client_sent",
    ),
    "a cookie without a name passes for another": (
        "app/kit/cookie_header.py",
        "            if equals:  #",
        "            if True:  #",
        "test_a_cookie_is_read_by_its_exact_name_and_only_if_there_is_no_other_one",
    ),
    "a body may have 100 MiB": (
        "app/kit/settings.py",
        "max_body_size: int = Field(default=1024 * 1024",
        "max_body_size: int = Field(default=100 * 1024 * 1024",
        "test_by_default_a_body_has_at_most_a_mebibyte",
    ),
    "headers may have 100 MiB": (
        "app/kit/settings.py",
        "max_header_size: int = Field(default=64 * 1024",
        "max_header_size: int = Field(default=100 * 1024 * 1024",
        "test_headers_without_end_are_refused_before_anything_reads_them",
    ),
    "headers have no limit": (
        "app/kit/protect.py",
        "        Middleware(with_header_limit, settings.max_header_size),\n",
        "",
        "test_headers_without_end_are_refused_before_anything_reads_them",
    ),
    "HSTS off": (
        "app/kit/security_headers.py",
        "over_https if is_secure else",
        "over_http if is_secure else",
        "test_v3_4_1_browsers_are_held_to_https_in_production",
    ),
    "HSTS over http": (
        "app/kit/security_headers.py",
        "is_secure else over_http",
        "is_secure else over_https",
        "test_v3_4_1_browsers_are_held_to_https_in_production",
    ),
    "HSTS in development": (
        "app/kit/security_headers.py",
        "HSTS if hsts else {}",
        "HSTS if True else {}",
        "test_v3_4_1_browsers_are_held_to_https_in_production",
    ),
    "HSTS of a day": (
        "app/kit/security_headers.py",
        '"max-age=63072000"',
        '"max-age=86400"',
        "test_v3_4_1_browsers_are_held_to_https_in_production",
    ),
    "HSTS for subdomains": (
        "app/kit/security_headers.py",
        '"max-age=63072000"',
        '"max-age=63072000; includeSubDomains; preload"',
        "test_v3_4_1_browsers_are_held_to_https_in_production",
    ),
    "nosniff off": (
        "app/kit/security_headers.py",
        '    "X-Content-Type-Options": "nosniff",  # ASVS 3.4.4\n',
        "",
        "test_v3_4_3_v3_4_4_v3_4_5_v3_4_6_v3_4_8_every_answer_protects_pages",
    ),
    "Referrer-Policy off": (
        "app/kit/security_headers.py",
        '    "Referrer-Policy": "same-origin",  # ASVS 3.4.5\n',
        "",
        "test_v3_4_3_v3_4_4_v3_4_5_v3_4_6_v3_4_8_every_answer_protects_pages",
    ),
    "COOP off": (
        "app/kit/security_headers.py",
        '    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",  # ASVS 3.4.8\n',
        "",
        "test_v3_4_3_v3_4_4_v3_4_5_v3_4_6_v3_4_8_every_answer_protects_pages",
    ),
    "Permissions-Policy loosened": (
        "app/kit/security_headers.py",
        "geolocation=(), ",
        "",
        "test_v3_4_3_v3_4_4_v3_4_5_v3_4_6_v3_4_8_every_answer_protects_pages",
    ),
    "errors lack security headers": (
        "app/kit/protect.py",
        "        security_headers(headers, csp, hsts=is_production),\n",
        "",
        "test_headers_without_end_are_refused_before_anything_reads_them",
    ),
    "CSP lets scripts stand in pages": (
        "app/kit/security_headers.py",
        '"script-src": "\'self\'",',
        "\"script-src\": \"'self' 'unsafe-inline'\",",
        "test_v3_4_3_v3_4_4_v3_4_5_v3_4_6_v3_4_8_every_answer_protects_pages",
    ),
    "pages of the app frame each other": (
        "app/kit/security_headers.py",
        '"frame-ancestors": "\'none\'",',
        '"frame-ancestors": "\'self\'",',
        "test_v3_4_3_v3_4_4_v3_4_5_v3_4_6_v3_4_8_every_answer_protects_pages",
    ),
    "anybody frames a page": (
        "app/kit/security_headers.py",
        '    "frame-ancestors": "\'none\'",\n',
        "",
        "test_v3_4_3_v3_4_4_v3_4_5_v3_4_6_v3_4_8_every_answer_protects_pages",
    ),
    "CSP lets forms go anywhere": (
        "app/kit/security_headers.py",
        '    "form-action": "\'self\'",\n',
        "",
        "test_v3_4_3_v3_4_4_v3_4_5_v3_4_6_v3_4_8_every_answer_protects_pages",
    ),
    "CSP lets scripts send anywhere": (
        "app/kit/security_headers.py",
        '"connect-src": "\'self\'",',
        '"connect-src": "*",',
        "test_v3_4_3_v3_4_4_v3_4_5_v3_4_6_v3_4_8_every_answer_protects_pages",
    ),
    "CSP lets plugins in": (
        "app/kit/security_headers.py",
        '"default-src": "\'none\'",',
        '"default-src": "*",',
        "test_v3_4_3_v3_4_4_v3_4_5_v3_4_6_v3_4_8_every_answer_protects_pages",
    ),
    "CSP lets a base in": (
        "app/kit/security_headers.py",
        '    "base-uri": "\'none\'",\n',
        "",
        "test_v3_4_3_v3_4_4_v3_4_5_v3_4_6_v3_4_8_every_answer_protects_pages",
    ),
    "docs in production": (
        "app/kit/openapi.py",
        'is_wanted = settings.fastapi_env == "development" or settings.docs',
        "is_wanted = True",
        "test_the_documentation_is_not_in_production_unless_asked_for",
    ),
    "who is signed in by another site's word keeps the session before": (
        "app/kit/sessions/visitor.py",
        "replaces=stored",
        "replaces=None",
        "test_a_session_that_is_refused_ends_too",
    ),
    "the browser signs out, and the session goes on": (
        "app/kit/sessions/visitor.py",
        "            await self._sessions.stop(stored)",
        "            pass",
        "test_signing_out_ends_the_session_wherever_there_is_one",
    ),
    "somebody without an id is signed in": (
        "app/kit/sessions/visitor.py",
        "        if user.id is None:",
        "        if False:",
        "test_somebody_who_is_not_stored_yet_is_not_signed_in",
    ),
    "nothing that has expired leaves the store": (
        "app/kit/sessions/lifespan.py",
        "            async with app.state.sessions, yours(app) as state:",
        "            async with yours(app) as state:",
        "test_expired_sessions_leave_the_store",
    ),
    "an owner's lifespan is not run": (
        "app/kit/sessions/lifespan.py",
        "            async with app.state.sessions, yours(app) as state:\n"
        "                yield state",
        "            async with app.state.sessions:\n                yield None",
        "test_an_owners_lifespan_runs_inside_where_sessions_are_open",
    ),
    "sessions are kept clean twice": (
        "app/kit/sessions/session.py",
        "        if self._entered == 1:\n",
        "        if True:\n",
        "test_sessions_are_kept_clean_once_also_where_a_lifespan_of_before_enters_them",
    ),
    "the users' database stays open": (
        "app/kit/sessions/lifespan.py",
        '            await call(app.state.sessions.users, "close")',
        "            pass",
        "test_who_cannot_start_closes_what_was_opened",
    ),
    "users that are away are a 500": (
        "app/kit/sessions/lifespan.py",
        "    app.add_middleware(away_is_503, app.state)\n",
        "",
        "test_a_users_database_that_is_away_is_a_503_and_signs_nobody_out",
    ),
    "users that are away are no matter for /health": (
        "app/kit/sessions/health.py",
        "        await check_users(self._users)\n",
        "",
        "test_a_check_that_takes_too_long_counts_as_away",
    ),
    "a 503 of the users' database warns of cookies that were not meant to arrive": (
        "app/kit/sessions/unavailable.py",
        "            sending.shared.delivered = []\n",
        "",
        "test_a_cookie_that_was_set_before_that_is_not_said_to_be_lost",
    ),
    "each fault is taken for a database that is away": (
        "app/kit/sessions/unavailable.py",
        '            await call(users, "check")',
        "            raise ConnectionError",
        "test_a_fault_of_ones_own_is_a_500_while_the_database_answers",
    ),
    "a mounted app has the settings of the one around it": (
        "app/kit/settings.py",
        "return own or shared",
        "return shared",
        "test_a_mounted_app_has_its_own_or_else_those_of_the_one_around_it",
    ),
    "docs by default": (
        "app/kit/settings.py",
        "docs: bool = False",
        "docs: bool = True",
        "test_the_documentation_is_not_in_production_unless_asked_for",
    ),
    "/docs runs a script of a CDN": (
        "app/main.py",
        "        docs_url=None,  # that of `add_docs` loads no script from elsewhere\n",
        "",
        "test_it_is_protected",
    ),
    "/redoc runs a script of a CDN": (
        "app/main.py",
        "        redoc_url=None,\n",
        "",
        "test_it_is_protected",
    ),
    "what a dependency says last is lost": (
        "app/kit/delivery.py",
        "sorted(both, key=itemgetter(0))",
        "both",
        "test_what_comes_after_yield_counts_more_than_what_the_operation_says_on_its_response",
    ),
    "what a dependency takes back arrives": (
        "app/kit/request.py",
        "self.seen[id(header)] =",
        "_ =",
        "test_a_header_arrives_as_it_was_said_last",
    ),
    "a file's cookies are lost with a part that it does not have": (
        "app/kit/delivery.py",
        "    if status in _BAD_RANGE:\n",
        "    if False:\n",
        "test_whatever_part_of_a_file_is_asked_for_its_cookies_arrive",
    ),
    "what Starlette's set_cookie wrote is misread": (
        "app/kit/values.py",
        "return _unquoted(sent)",
        "pass",
        "test_what_starlettes_set_cookie_wrote_is_read",
    ),
    "a script's letters are misread": (
        "app/kit/values.py",
        'text = sent.decode("utf-8")',
        "text = raw",
        "test_other_writers_are_read_or_count_as_absent",
    ),
    "what can be two things is read as one of them": (
        "app/kit/values.py",
        '    raise ValueError("written by http.cookies or by Werkzeug: they differ")',
        '    return content.decode("utf-8")',
        "test_other_writers_are_read_or_count_as_absent",
    ),
    "an operation runs though its body is too large": (
        "app/kit/delivery.py",
        "    refuse_declared_body(connection)\n",
        "",
        "test_a_body_that_is_too_large_is_refused_before_the_operation_runs",
    ),
    "a middleware loses cookies without a word": (
        "app/kit/protect.py",
        "            warn_of_lost_cookies(state)\n",
        "",
        "test_a_middleware_that_sends_a_response_of_its_own_says_which_cookies_are_lost",
    ),
    "a domain loses cookies without a word": (
        "app/kit/protect.py",
        "changes.append(warn_of_other_domains)",
        "pass",
        "test_in_development_a_cookie_for_a_domain_that_this_is_not_says_so",
    ),
    "the row of a user who was added is printed": (
        "app/kit/sessions/commands.py",
        'return told if isinstance(told, str) else f"Added {name}."',
        "return str(told)",
        "test_a_row_that_adding_returns_is_not_printed",
    ),
    "a file that nobody closes stays open": (
        "app/kit/sessions/sqlite.py",
        "        finalize(self, close_all, self._opened)\n",
        "",
        "test_what_nobody_closes_is_closed_with_its_store",
    ),
    "settings of another folder are taken without a word": (
        "app/kit/project.py",
        "        log.warning(message, here, in_project)\n",
        "        log.debug(message, here, in_project)\n",
        "test_a_relative_path_starts_in_the_project_and_a_warning_names_what_lies_elsewhere",
    ),
    "settings of another folder are passed over without a word": (
        "app/kit/project.py",
        'log.warning("%s is used; %s',
        'log.debug("%s is used; %s',
        "test_a_relative_path_starts_in_the_project_and_a_warning_names_what_lies_elsewhere",
    ),
    "the working folder says where sessions lie": (
        "app/kit/sessions/engines.py",
        'path = find(Path(url.removeprefix("sqlite:///")))',
        'path = Path(url.removeprefix("sqlite:///"))',
        "test_a_file_in_a_folder_that_is_not_there_is_a_sentence",
    ),
}

PROTECTIONS_OF = {
    "temporal": {
        "a response model does not filter": (
            "app/routes/welcome.py",
            "    response_model=Greeting,\n",
            "    response_model=None,\n",
            "test_a_dependency_sets_a_cookie_and_a_header",
        ),
        "the app confirms with the old token": (
            "app/routes/session.py",
            "    SESSION.set(response, token)\n    return who(confirmed)\n",
            "    return who(confirmed)\n",
            "test_v7_2_4_confirming_gives_a_new_token",
        ),
        "the app signs out on the server only": (
            "app/routes/session.py",
            "    await visitor.sign_out()\n    SESSION.delete(response)\n",
            "    await visitor.sign_out()\n",
            "test_who_signs_in_is_known_until_signing_out",
        ),
        "the app ends a session without the password": (
            "app/routes/sessions.py",
            "session_id: str, response: Response, session: FreshSession",
            "session_id: str, response: Response, session: CurrentSession",
            "test_v7_5_2_sessions_end_only_soon_after_the_password",
        ),
    },
    "direct": {
        "a route sends what it should filter": (
            "app/routes/welcome.py",
            "filtered(Greeting, data)",
            "data",
            "test_a_dependency_sets_a_cookie_and_a_header",
        ),
    },
}

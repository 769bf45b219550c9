// The record types of the controls catalogue, as documented tables. Times are instants in UTC,
// intervals half-open; NULL is always "the source does not say", never zero and never "no".

extension RecordType {
  /// Every record type, sorted by name.
  public static let all: [RecordType] = [
    access_grant, account, acknowledgement, advisory, alert, assessment, asset, assignment,
    attestation, backup_job, badge, certificate, change, commitment, compliance_check,
    consent_event, data_store, deployment, disclosure, document, drift_event, environment,
    finding, host_config, host_sighting, incident, job_run, key, live_patch, log_source, metric,
    notice, occurrence, outage, patch_event, pentest, person, privacy_request, probe,
    processing_activity, reboot, release, repository, restore_test, risk, rule, scan, scan_host,
    screening, sensor, service, site, test_run, ticket, training, trigger_event, vendor, waiver,
  ]

  // MARK: People and access

  public static let account = RecordType(
    "account", .mergedSnapshots, key: ["source", "account_id"],
    "An account as one system lists it at one time.",
    [
      .text("source", "the system that lists it: okta, aws, github, linux ..."),
      .text(
        "account_id",
        "the system's own id of the account; '*' stands for every account no other row names"),
      .text("person_id", "the person it belongs to, when the export or the roster says"),
      .text("kind", "human, service, break_glass"),
      .text("status", "active, suspended, disabled, invited"),
      .flag("privileged", "has administrative rights in that system"),
      .flag("interactive", "a person can sign in with it"),
      .flag("is_root", "the account that owns the tenant"),
      .instant("created_at", "creation"),
      .instant("last_used_at", "last sign-in or use of a key"),
      .instant("disabled_at", "when it was disabled or deleted"),
      .flag("mfa_enrolled", "a second factor is registered"),
      .flag("mfa_enforced", "sign-in without the second factor is refused by policy"),
      .flag("exempt", "listed as exempt from multi-factor authentication"),
      .text("exempt_approval", "approval reference of the exemption"),
      .list("roles", "names of roles and groups"),
      .json("keys", "[{id, active, rotated_at, last_used_at}]"),
      .text("hostname", "for local accounts: the machine"),
      .list("names", "sign-in names and mail addresses in lower case, to join persons"),
      .list("factors", "kinds of second factor that are registered, in the system's own words"),
      .integer("password_min_length", "shortest password its policy accepts"),
      .flag("lockout_enabled", "wrong passwords lock the account for a time"),
    ])

  public static let person = RecordType(
    "person", .latest, key: ["person_id"], "An employee or contractor, from the HR roster.",
    [
      .text("person_id", "number in the roster"),
      .text("kind", "employee, contractor"),
      .text("status", "active, leave, ended"),
      .instant("hired_at", "first day"),
      .instant("terminated_at", "end of employment; NULL while employed"),
      .text("role", "role or job title"),
      .text("department", "department"),
      .text("manager_id", "person_id of the manager"),
      .flag("handles_personal_data", "has access to personal data"),
      .list("account_names", "login names, to join accounts"),
    ])

  public static let access_grant = RecordType(
    "access_grant", .latest, key: ["grant_id"],
    "Access given to a person, from the audit log of the access system.",
    [
      .text("grant_id", "the log's id"),
      .text("person_id", "beneficiary"),
      .text("system", "where"),
      .list("roles", "what was granted"),
      .instant("granted_at", "when"),
      .text("ticket_id", "the request"),
      .text("requester_id", "who asked"),
      .text("approver_id", "who approved"),
      .instant("approved_at", "when it was approved"),
      .list("approved_roles", "what was approved"),
    ])

  public static let acknowledgement = RecordType(
    "acknowledgement", .latest, key: ["person_id", "doc_id", "version"],
    "A person confirmed having read a document.",
    [
      .text("person_id", "who"), .text("doc_id", "which document"),
      .text("version", "which version"), .instant("acknowledged_at", "when"),
    ])

  public static let training = RecordType(
    "training", .latest, key: ["person_id", "course", "assigned_at"],
    "A course assigned to a person.",
    [
      .text("person_id", "who"), .text("course", "security, privacy, or the tool's course id"),
      .instant("assigned_at", "assigned"), .instant("completed_at", "completed; NULL if not"),
      .real("score", "result of the test, percent"),
    ])

  public static let screening = RecordType(
    "screening", .latest, key: ["person_id", "kind"], "A background screening of a person.",
    [
      .text("person_id", "who"), .text("kind", "what was screened"),
      .instant("completed_at", "completed; NULL if not"),
      .flag("result_ok", "1 clear, 0 adverse"),
      .instant("first_access_at", "first production or privileged access"),
    ])

  public static let assignment = RecordType(
    "assignment", .latest, key: ["thing_kind", "thing_id"],
    "Who is responsible for a control, system or vendor.",
    [
      .text("thing_id", "id of the control, system or vendor"),
      .text("thing_kind", "control, system, vendor"),
      .text("owner_id", "person_id"), .instant("since", "since when"),
    ])

  public static let badge = RecordType(
    "badge", .snapshots, key: ["badge_id"], "A badge that opens a door of an own site.",
    [
      .text("badge_id", "badge number"), .text("person_id", "holder"),
      .text("site_id", "site"), .flag("active", "opens doors at the snapshot"),
    ])

  public static let key = RecordType(
    "key", .snapshots, key: ["key_id"], "A cryptographic key or long-lived credential.",
    [
      .text("key_id", "id in its store"),
      .text("kind", "kms, access_key, token, ssh_key, service_credential"),
      .text("owner_id", "account or person"), .instant("created_at", "creation"),
      .instant("rotated_at", "last rotation, or creation when never rotated"),
      .instant("last_used_at", "last use"), .flag("auto_rotation", "rotated by its store"),
      .flag("active", "usable at the snapshot"),
      .list("admins", "who administers it"), .list("users", "who uses it"),
    ])

  // MARK: Assets and hosts

  public static let asset = RecordType(
    "asset", .latest, key: ["asset_id"], "A machine or system of the inventory, retired ones too.",
    [
      .text("asset_id", "number in the inventory"),
      .text("hostname", "fully qualified where known"),
      .text("kind", "server, workstation, network, sensor, container, service"),
      .text("environment", "production, staging, test, development"),
      .flag("in_scope", "part of the system under examination"),
      .text("owner_id", "person_id of the owner"),
      .text("data_class", "public, internal, confidential, customer, personal"),
      .flag("internet_facing", "reachable from the internet"),
      .instant("first_seen", "when it entered the inventory"),
      .instant("retired_at", "when it left; NULL while in use"),
      .text("os", "operating system"),
      .text("booted_kernel", "uname -r"),
      .text("effective_kernel", "kernel version that live patching makes effective"),
      .list("addresses", "IP addresses"), .list("macs", "hardware addresses"),
      .text("cloud_id", "instance id in the cloud"), .text("agent_id", "id of an installed agent"),
      .text("service_id", "the service it belongs to"),
      .flag("redundant", "another node serves while this one restarts"),
      .flag("had_storage", "carried storage media"),
      .instant("wiped_at", "wipe or destruction of its media"), .text("wipe_method", "how"),
      .instant("released_at", "left the organisation's control"),
    ])

  public static let host_sighting = RecordType(
    "host_sighting", .snapshots, key: ["source", "ref"],
    "A machine as one tool saw it, with everything that identifies it.",
    [
      .text("source", "nessus, ivanti, kernelcare, cloud_inventory ..."),
      .text("ref", "the tool's own name of the machine, as its other records use it"),
      .text("hostname", "short or full host name"), .text("fqdn", "fully qualified name"),
      .list("addresses", "IP addresses"), .list("macs", "hardware addresses"),
      .text("agent_id", "agent or system id (host-uuid, bios-uuid, machine id)"),
      .text("cloud_id", "cloud instance id"), .text("os", "operating system"),
      .text("asset_id", "resolved by the identity ledger; NULL when no asset matches"),
      .text("matched_by", "agent_id, cloud_id, fqdn, hostname, mac, alias, address (weak)"),
      .list("open_ports", "ports that answered a scan from outside, as 22/tcp"),
    ])

  public static let host_config = RecordType(
    "host_config", .mergedSnapshots, key: ["asset_id"], "Settings of one host at one time.",
    [
      .host("asset_id", "the host"),
      .json("sshd", "sshd -T as an object: setting -> value, lists as arrays"),
      .flag("sshd_listening", "sshd accepts connections"),
      .json(
        "firewall",
        "{loaded, enabled, families: [inet], input_policy, forward_policy, ruleset_digest, baseline_digest, approved_change}; policies are drop, accept or none (no chain); a key that is not there is unknown"
      ),
      .json(
        "disks",
        "[{name, mountpoint, fstype, uuid, encrypted, luks_uuid, luks_version, cipher, key_bits, holds_data, swap}]: a file system names its container by luks_uuid, the container's own entry has that uuid"
      ),
      .json("audit", "{enabled, rules, baseline_rules, watches: [path], lost}"),
      .json("ntp", "{synchronised, offset_ms}"),
      .json("agents", "[{name, mode, last_seen, updated_at, detections_open}]"),
      .text("packages_digest", "digest of the package list"),
    ])

  public static let sensor = RecordType(
    "sensor", .mergedSnapshots, key: ["source", "asset_id"],
    "An intrusion detection sensor, endpoint agent or malware scanner at one time.",
    [
      .text("source", "suricata, wazuh, edr, ivanti"),
      .host("asset_id", "the host it runs on"),
      .text("kind", "ids, hids, edr, antivirus, patch_agent"),
      .instant("last_event_at", "last event or check-in"),
      .instant("rules_updated_at", "last update of rules, definitions or engine"),
      .real("drop_rate", "dropped packets / packets"),
      .integer("max_gap_seconds", "longest silence in its event stream since the last snapshot"),
      .text("mode", "prevent, detect, off"),
      .integer("detections", "detections since the last snapshot"),
      .integer("detections_open", "of these without a disposition"),
    ])

  public static let rule = RecordType(
    "rule", .snapshots, key: ["device_id", "rule_id"], "A packet filter or cloud network rule.",
    [
      .host("device_id", "host, device or security group"), .text("rule_id", "rule"),
      .text("chain", "chain or direction"), .text("direction", "in, out, forward"),
      .text(
        "source_net",
        "source network, 0.0.0.0/0 or ::/0 for any; established: only replies; NULL for direction out"
      ),
      .text("protocol", "tcp, udp, icmp, any"),
      .integer("dest_port", "first destination port; NULL for any"),
      .integer("dest_port_to", "last destination port, inclusive"),
      .text("action", "allow, drop, reject"), .text("comment", "reason as written"),
      .text("owner_id", "who answers for it"), .instant("reviewed_at", "last review"),
      .text("condition", "what else narrows the rule, as the device writes it; NULL: nothing"),
    ])

  public static let certificate = RecordType(
    "certificate", .snapshots, key: ["endpoint"], "What a TLS endpoint answered at one time.",
    [
      .text("endpoint", "host:port"), .instant("not_before", "valid from"),
      .instant("not_after", "valid until, exclusive"),
      .list(
        "tls_versions",
        "accepted protocol versions: 1.0, 1.1, 1.2, 1.3; SSL 2 and 3 as 0.2 and 0.3, to sort below"),
      .text("issuer", "issuer"), .text("http", "closed, redirect, open: what plain HTTP does"),
      .flag("in_scope", "in the list of endpoints"),
    ])

  public static let log_source = RecordType(
    "log_source", .snapshots, key: ["source_id"], "A source of the central log store.",
    [
      .text("source_id", "id in the log store"), .host("asset_id", "the host"),
      .flag("required", "on the list of required sources"),
      .instant("oldest_event_at", "oldest event kept"),
      .instant("last_event_at", "newest event"),
      .flag("immutable", "stored so that nobody can change it"),
      .integer("retention_days", "retention as configured"),
    ])

  public static let drift_event = RecordType(
    "drift_event", .latest, key: ["event_id"], "A difference from the approved baseline.",
    [
      .text("event_id", "id"), .host("asset_id", "the host"), .text("item", "what differs"),
      .instant("detected_at", "found"), .instant("reverted_at", "put back"),
      .instant("approved_at", "approved instead"), .text("change_id", "the approving change"),
    ])

  public static let environment = RecordType(
    "environment", .snapshots, key: ["environment_id"], "An environment of the system.",
    [
      .text("environment_id", "id"),
      .text("kind", "production, staging, test, development"),
      .text("account_id", "cloud account or cluster"), .list("networks", "networks"),
      .flag("holds_production_data", "production data is present"),
      .text("masking", "how production data is masked; NULL when not"),
      .list("admin_ids", "who administers it"),
    ])

  public static let service = RecordType(
    "service", .latest, key: ["service_id"], "A service that customers use.",
    [
      .text("service_id", "id"), .text("name", "name"), .flag("in_scope", "in scope"),
      .json("targets", "{uptime_percent, latency_p95_ms, weight}"),
      .text("specification_id", "document that specifies its processing"),
      .instant("live_from", "went live"), .flag("redundant", "survives the loss of one node"),
    ])

  public static let data_store = RecordType(
    "data_store", .mergedSnapshots, key: ["store_id"], "A database, bucket, volume or disk.",
    [
      .text("store_id", "id"), .text("kind", "database, bucket, volume, laptop, backup"),
      .text("data_class", "public, internal, confidential, customer, personal"),
      .text("owner_id", "person_id"), .flag("encrypted", "encrypted at rest"),
      .text("cipher", "cipher and format, e.g. luks2:aes-xts-plain64:512"),
      .flag("platform_managed", "encrypted by the platform"),
      .text("location", "region or site"), .integer("retention_days", "retention"),
      .instant("oldest_record_at", "oldest record in it"),
      .instant("reviewed_at", "last review of its entry"),
      .flag("inventoried", "in the data inventory"),
      .flag("discovered", "seen by a technical source"),
      .flag("backup_required", "has to be backed up"),
      .flag("public_access", "readable by anybody"),
    ])

  public static let live_patch = RecordType(
    "live_patch", .mergedSnapshots, key: ["source", "asset_id"],
    "State of live patching of one host at one time.",
    [
      .text("source", "kernelcare, canonical_livepatch, kpatch"),
      .host("asset_id", "the host"),
      .text("booted_kernel", "uname -r"),
      .text("effective_kernel", "kcarectl --uname"),
      .text("patch_level", "level of the loaded patch set"),
      .text("state", "applied, unpatched, unsupported, error, needs_reboot"),
      .instant("patched_at", "when the patch set was applied"),
      .instant("last_checkin_at", "last contact with the server"),
      .list("cves", "CVE ids that the loaded patch set fixes"),
      .flag("up_to_date", "newest patch set is loaded"),
      .flag("scanner_interface", "hides live-patched packages from scanners"),
    ])

  // MARK: Vulnerabilities

  public static let scan = RecordType(
    "scan", .latest, key: ["scan_id"], "A run of a scanner.",
    [
      .text("scan_id", "id, or name and start"), .text("tool", "nessus, openvas, trivy ..."),
      .text("tool_version", "version"), .text("feed_version", "as the tool writes it"),
      .instant("feed_at", "date of the feed"), .text("policy", "policy or profile"),
      .text("severity_basis", "cvss_v2, cvss_v3, cvss_v4, vendor"),
      .instant("started_at", "start"), .instant("ended_at", "end"),
      .list("targets", "targets as configured"),
      .text("status", "completed, aborted, partial"),
    ])

  public static let scan_host = RecordType(
    "scan_host", .latest, key: ["scan_id", "asset_id"], "A host in a scan.",
    [
      .text("scan_id", "the scan"), .host("asset_id", "the host"),
      .flag("seen", "it answered"),
      .flag("credentialed", "local checks ran with valid credentials"),
      .instant("started_at", "start"), .instant("ended_at", "end; NULL: not scanned to the end"),
      .integer("findings", "findings of severity low and above"),
      .text("credential_note", "what the scanner said about credentials"),
    ])

  public static let finding = RecordType(
    "finding", .latest, key: ["finding_key"],
    "A vulnerability on a host from first sight to proven fix.",
    [
      .text("finding_key", "asset|plugin|port/protocol"), .host("asset_id", "the host"),
      .text("app", "vendor product or package name, without version"),
      .list("cves", "all CVE ids of the item"), .text("plugin_id", "the scanner's test"),
      .text("severity", "critical, high, medium, low, none, unknown: at first detection"),
      .integer("severity_rank", "4 critical to 0 none; NULL unknown"),
      .text("severity_basis", "cvss_v2, cvss_v3, cvss_v4, vendor"),
      .real("score", "base score"),
      .instant("first_seen", "end of the first scan that saw it"),
      .instant("last_seen", "end of the last scan that saw it"),
      .instant(
        "fixed_at",
        "end of the credentialed scan that proved it gone, or the patch record it confirms"),
      .text("closed_by", "scan, patch, live_patch, asset_retired, no_longer_detected"),
      .json("reopen_intervals", "[[closed, seen again]]: interruptions within 30 days"),
      .integer(
        "interrupted_seconds", "closed time between first_seen and the last reopening, seconds"),
      .instant("fix_available_at", "publication of the patch"),
      .flag("kev", "on CISA's list of known exploited vulnerabilities"),
      .flag("accepted_in_scanner", "accepted or hidden in the scanner; not fixed"),
      .text("waiver_id", "valid waiver"), .text("source", "the scanner"),
      .text("name", "the scanner's title"), .text("fixed_version", "version that fixes it"),
      .instant(
        "scanner_fixed_at",
        "since when it is gone for the scanner; with fixed_at NULL: not proven, because a live patcher hides packages there"
      ),
    ])

  public static let compliance_check = RecordType(
    "compliance_check", .snapshots, key: ["asset_id", "check_id"],
    "One check of a configuration audit on one host.",
    [
      .text("scan_id", "the scan"), .host("asset_id", "the host"), .text("check_id", "the check"),
      .text("name", "what is checked"),
      .text("result", "passed, failed, warning, error, not_applicable, unknown"),
      .text("benchmark", "benchmark or audit file"), .text("severity", "as given"),
      .text("source", "nessus, openscap, lynis, prowler, security_hub"),
    ])

  public static let patch_event = RecordType(
    "patch_event", .latest, key: ["asset_id", "package", "advisory"],
    "A security update for a host, applied or missing.",
    [
      .host("asset_id", "the host"), .text("package", "package or product"),
      .text("advisory", "advisory, KB or patch id"), .list("cves", "CVE ids it fixes"),
      .instant("released_at", "release by the vendor"),
      .instant("applied_at", "applied; NULL: missing"),
      .flag("rebooted", "the host restarted for it"), .instant("reboot_at", "when"),
      .real("downtime_minutes", "service minutes lost"),
      .text("method", "package, live, image"),
      .flag("awaiting_reboot", "installed, takes effect after a restart"),
      .text("change_id", "the change"), .flag("standard_change", "pre-approved"),
      .text("effective_kernel", "effective kernel after it"),
      .text("fixed_version", "version that fixes"), .text("service_id", "service affected"),
      .text("source", "ivanti, kernelcare, package_log"),
      .text("state", "installed, missing, undetermined; installed without applied_at: day unknown"),
      .flag("security", "closes a vulnerability; 0: any other update"),
      .text("severity", "critical, high, medium, low: as the vendor rates it"),
    ])

  public static let advisory = RecordType(
    "advisory", .latest, key: ["source", "advisory"],
    "A vendor's patch or security bulletin, whatever host it applies to.",
    [
      .text("source", "ivanti, ivanti_neurons ..."),
      .text("advisory", "the same id as in patch_event.advisory"),
      .instant("released_at", "release by the vendor"), .list("cves", "CVE ids it fixes"),
      .list("replaced_by", "advisories that replace it"),
      .text("severity", "critical, high, medium, low: as the vendor rates it"),
    ])

  public static let waiver = RecordType(
    "waiver", .latest, key: ["waiver_id"], "A written exception with an end.",
    [
      .text("waiver_id", "id"), .text("finding_key", "the finding or item"),
      .text("control_id", "the control"), .text("attribute", "the attribute; NULL: all"),
      .text("reason", "reason"), .text("measure", "compensating measure"),
      .text("approver_id", "who approved"), .instant("approved_at", "when"),
      .instant("expires_at", "until, exclusive"),
      .flag("scanner_side", "made in the scanner, not a waiver of the organisation"),
    ])

  public static let pentest = RecordType(
    "pentest", .latest, key: ["report_id"], "A penetration test by an independent party.",
    [
      .text("report_id", "id"), .text("tester", "who"), .list("scope", "services covered"),
      .instant("report_date", "date of the report"), .instant("retest_at", "retest"),
      .flag("independent", "tester independent of the builders"),
      .json("findings", "[{id, severity, retest_ok, waiver_id}]"),
    ])

  // MARK: Tickets, changes, incidents

  public static let ticket = RecordType(
    "ticket", .latest, key: ["source", "ticket_id"], "A ticket.",
    [
      .text("source", "jira, servicenow, github ..."),
      .text("ticket_id", "id as people write it"),
      .text("kind", "issue, incident, deficiency, change, request, maintenance, access"),
      .text("severity", "critical, high, medium, low"),
      .instant("created_at", "created"), .instant("acknowledged_at", "first response"),
      .instant("resolved_at", "resolved; NULL while open"),
      .instant("reopened_at", "last reopening"),
      .json(
        "pauses",
        "[[from, to, reason]]: waiting_for_customer, waiting_for_vendor; epoch seconds, to null while waiting"
      ),
      .json("severity_changes", "[{at, from, to}]: epoch seconds, severities as in severity"),
      .text("status", "status as written"), .text("service", "service concerned"),
      .text("owner_id", "assignee"), .text("requester_id", "reporter"),
      .json("approvals", "[{person_id, at, roles}]"), .list("links", "linked ids"),
      .instant("due_at", "due date or approved extension"),
      .flag("extension_approved", "the due date was moved with approval"),
      .text("control_id", "for deficiencies: the control"), .list("labels", "labels"),
      .instant("sla_due_at", "deadline computed with the organisation's calendar"),
      .json(
        "closed_intervals",
        "[[resolved, reopened]]: epoch seconds; times between a resolution and the reopening after it"
      ),
    ])

  public static let change = RecordType(
    "change", .mergedLatest, key: ["repo", "change_id"], "A change to code or infrastructure.",
    [
      .text("change_id", "pull request, merge request or commit"), .text("repo", "repository"),
      .text("author_id", "author"), .json("approvals", "[{person_id, at, sha, is_final}]"),
      .instant("merged_at", "merged"), .text("merge_sha", "commit on the main branch"),
      .flag("via_review", "came through a reviewed request; 0: pushed directly"),
      .json("checks", "[{name, conclusion, at}]"), .list("ticket_ids", "tickets named"),
      .flag("emergency", "labelled as emergency"),
      .instant("reviewed_after_at", "emergency: review after the fact"),
      .instant("deployed_at", "deployed"), .text("deployer_id", "who deployed"),
      .flag("rolled_back", "rolled back"), .flag("caused_incident", "caused an incident"),
      .text("merger_id", "who merged"), .flag("risk_rated", "impact and rollback written down"),
      .flag("customer_notice", "needs notice to customers"),
      .instant("notified_at", "customers were told"),
      .text("head_sha", "last commit of the request when it was merged"),
      .list("co_author_ids", "co-authors named in the commit"),
      .text("request_id", "pull or merge request that the change names or is"),
    ])

  public static let repository = RecordType(
    "repository", .mergedSnapshots, key: ["repo"], "A repository's protection at one time.",
    [
      .text("repo", "name"), .flag("in_scope", "builds the system"), .flag("archived", "read only"),
      .json(
        "protection",
        "{reviews_required, dismiss_stale, enforce_admins, checks_required: [], force_push, deletions, signed}"
      ),
      .json("audit_events", "[{at, actor, action}]: changes of the protection"),
      .list("scanners", "security checks in its pipeline: sast, secrets, dependencies"),
    ])

  public static let test_run = RecordType(
    "test_run", .latest, key: ["run_id", "suite"], "A run of a test suite.",
    [
      .text("run_id", "id"), .text("sha", "commit"), .text("suite", "suite"),
      .integer("tests", "all"), .integer("failures", "failed"), .integer("errors", "errors"),
      .integer("skipped", "skipped"), .instant("started_at", "start"),
      .instant("ended_at", "end"), .real("line_rate", "share of lines covered"),
    ])

  public static let deployment = RecordType(
    "deployment", .latest, key: ["deployment_id"], "A deployment to an environment.",
    [
      .text("deployment_id", "id"), .text("service", "service"),
      .text("environment", "production, staging ..."), .text("sha", "commit"),
      .text("image_digest", "image"), .instant("deployed_at", "when"),
      .text("deployer_id", "who"), .text("change_id", "the change"),
      .flag("automated", "by the pipeline"),
    ])

  public static let release = RecordType(
    "release", .latest, key: ["release_id"], "A released image or artefact.",
    [
      .text("release_id", "id"), .text("image_digest", "digest"),
      .instant("deployed_at", "deployed"), .instant("scan_report_at", "scan of this digest"),
      .instant("scan_db_at", "date of the scanner's database"),
      .integer("gate_findings", "fixable findings at or above the gate without waiver"),
      .flag("signature_ok", "signature verified"), .flag("pinned", "pinned by digest"),
    ])

  public static let incident = RecordType(
    "incident", .latest, key: ["incident_id"], "An incident.",
    [
      .text("incident_id", "id"), .text("severity", "critical, high, medium, low"),
      .instant("detected_at", "detected"), .instant("declared_at", "declared"),
      .instant("acknowledged_at", "somebody took it"),
      .instant("contained_at", "contained"), .instant("resolved_at", "resolved"),
      .flag("security", "a security incident"),
      .flag("personal_data", "personal data affected"), .list("services", "services affected"),
      .instant("review_at", "review held"),
      .json("actions", "[{id, owner_id, due_at, done_at}]"),
      .flag("notification_required", "customers or authorities must be told"),
      .instant("notified_at", "told"), .instant("decided_at", "decision on notification"),
      .text("root_cause", "cause, in words"), .text("ticket_id", "ticket"),
      .flag("customer_impact", "customers were affected"),
    ])

  public static let alert = RecordType(
    "alert", .latest, key: ["source", "alert_id"], "An alert of a monitor or sensor.",
    [
      .text("source", "the tool"), .text("alert_id", "id"), .text("rule", "rule or check"),
      .text("severity", "critical, high, medium, low"), .host("asset_id", "the host"),
      .instant("raised_at", "raised"), .instant("acknowledged_at", "taken"),
      .instant("closed_at", "closed"),
      .text("disposition", "true_positive, false_positive, benign"),
      .text("incident_id", "incident"), .text("account_id", "account concerned"),
      .text("ticket_id", "ticket"), .text("kind", "security, availability, root_use, capacity"),
    ])

  public static let notice = RecordType(
    "notice", .latest, key: ["notice_id"],
    "A notice to customers, staff, data subjects or authorities.",
    [
      .text("notice_id", "id"),
      .text("kind", "incident, maintenance, change, privacy, breach, commitment"),
      .instant("sent_at", "when"), .text("audience", "customers, staff, authority, subjects"),
      .text("refers_to", "incident, change or document"),
      .text("version", "version of a published notice"),
      .text("digest", "digest of the published text"),
      .text("document_id", "document it publishes"),
      .list("languages", "languages"),
    ])

  // MARK: Availability

  public static let outage = RecordType(
    "outage", .latest, key: ["service", "start_at", "source"],
    "A time a service was down or under maintenance.",
    [
      .text("service", "service_id"), .instant("start_at", "start"),
      .instant("end_at", "end, exclusive; NULL: still open"),
      .flag("planned", "planned maintenance"),
      .instant("announced_at", "announced"), .instant("window_start", "announced window"),
      .instant("window_end", "announced window, exclusive"),
      .text("source", "monitor or register"),
      .text("cause", "patch_reboot, fault, maintenance ..."),
      .flag("unknown", "no sample: neither up nor down"), .text("incident_id", "incident"),
    ])

  public static let probe = RecordType(
    "probe", .latest, key: ["service", "t", "source"], "One answer of a monitor.",
    [
      .text("service", "service_id"), .instant("t", "when"), .flag("up", "it answered well"),
      .real("latency_ms", "time to answer"),
      .integer("interval_s", "distance to the next due probe"),
      .text("source", "monitor"),
    ])

  public static let reboot = RecordType(
    "reboot", .latest, key: ["source", "asset_id", "booted_at"],
    "One run of a host, from its boot to its end.",
    [
      .text("source", "last, journal, sysstat"), .host("asset_id", "the host"),
      .instant("booted_at", "boot"),
      .instant("ended_at", "end; NULL while running, and after a crash"),
      .text("kernel", "release of the booted kernel"),
      .flag("clean", "1 shut down, 0 ended without a shutdown; NULL while running or unknown"),
      .text("boot_id", "the system's own id of this boot"),
    ])

  public static let metric = RecordType(
    "metric", .latest, key: ["asset_id", "name", "t"], "One sample of load or use.",
    [
      .host("asset_id", "the host"), .text("name", "cpu, load1, memory, disk, net_rx, net_tx ..."),
      .instant("t", "when"), .real("value", "as a share of capacity where the name says so"),
    ])

  public static let backup_job = RecordType(
    "backup_job", .latest, key: ["source", "job_id"], "A backup run.",
    [
      .text("source", "the tool"), .text("job_id", "id"), .text("store_id", "what was backed up"),
      .instant("started_at", "start"), .instant("ended_at", "end"),
      .text("status", "success, failed, partial, running"), .integer("bytes", "size"),
      .flag("encrypted", "encrypted"), .text("target", "where to"),
      .flag("offsite", "in another site or account"),
      .instant("immutable_until", "cannot be deleted before"),
    ])

  public static let restore_test = RecordType(
    "restore_test", .latest, key: ["test_id"], "A restore that was tried.",
    [
      .text("test_id", "id"), .text("store_id", "what"), .text("backup_id", "from which backup"),
      .instant("started_at", "start"), .instant("ended_at", "end"),
      .text("result", "success, failed"), .flag("checksum_match", "content compared"),
      .integer("rows_expected", "expected"), .integer("rows_restored", "restored"),
      .real("data_loss_minutes", "age of the newest restored record"),
      .text("kind", "restore, failover"),
    ])

  // MARK: Processing and data

  public static let job_run = RecordType(
    "job_run", .latest, key: ["job", "scheduled_at"], "A run of a scheduled job or queue batch.",
    [
      .text("job", "job"), .instant("scheduled_at", "due"), .instant("started_at", "start"),
      .instant("ended_at", "end"), .text("status", "success, failed, skipped, running"),
      .integer("records_in", "received"), .integer("records_out", "delivered"),
      .integer("records_rejected", "rejected, kept aside"),
      .integer("rejects_open", "rejects not yet handled"),
      .text("kind", "batch, reconciliation, deletion, import, export, report"),
      .integer("max_delay_minutes", "latest allowed end after the due time"),
      .text("handled_by", "ticket of a failed run"),
      .text("data_class", "class of the data"),
    ])

  public static let consent_event = RecordType(
    "consent_event", .latest, key: ["subject_ref", "purpose", "given_at"],
    "Consent given or withdrawn.",
    [
      .text("subject_ref", "reference, never a name"), .text("purpose", "purpose"),
      .text("notice_version", "notice shown"), .instant("given_at", "given"),
      .instant("withdrawn_at", "withdrawn"), .instant("honoured_at", "processing stopped"),
      .instant("collected_first_at", "first collection for the purpose"),
    ])

  public static let disclosure = RecordType(
    "disclosure", .latest, key: ["disclosure_id"], "Personal data given to a third party.",
    [
      .text("disclosure_id", "id"), .text("recipient", "vendor_id or body"),
      .text("purpose", "purpose"), .text("basis", "contract, consent, law"),
      .instant("basis_at", "date of the basis"), .instant("disclosed_at", "when"),
      .flag("authorised", "1 authorised, 0 found unauthorised"),
      .text("incident_id", "incident"), .instant("notified_at", "told"),
    ])

  public static let privacy_request = RecordType(
    "privacy_request", .latest, key: ["request_id"], "A request or complaint of a data subject.",
    [
      .text("request_id", "id"),
      .text("kind", "access, correction, deletion, objection, complaint, disclosure_account"),
      .instant("received_at", "received"), .instant("verified_at", "identity verified"),
      .instant("extended_to", "extended until"), .instant("answered_at", "answered"),
      .text("outcome", "fulfilled, refused, partly"), .text("reason", "reason of a refusal"),
      .instant("propagated_at", "passed on to recipients"),
      .instant("acknowledged_at", "receipt confirmed"),
    ])

  public static let processing_activity = RecordType(
    "processing_activity", .latest, key: ["activity_id"], "An entry of the record of processing.",
    [
      .text("activity_id", "id"), .text("purpose", "purpose"),
      .list("elements", "data elements declared"),
      .list("elements_found", "data elements that forms and schemas really collect"),
      .text("owner_id", "owner"), .instant("reviewed_at", "last review"),
      .text("legal_basis", "basis"), .flag("in_notice", "described in the public notice"),
      .integer("retention_days", "retention"),
    ])

  // MARK: Governance

  public static let document = RecordType(
    "document", .latest, key: ["doc_id", "version"],
    "A version of a policy, plan or other document.",
    [
      .text("doc_id", "id"),
      .text("kind", "policy, code_of_conduct, role_description, org_chart, ir_plan, dr_plan ..."),
      .text("version", "version"), .text("owner_id", "owner"), .text("author_id", "author"),
      .text("approver_id", "approver"), .instant("approved_at", "approved"),
      .instant("effective_at", "in force from"), .text("supersedes", "version it replaces"),
      .text("digest", "SHA-256 of the text as approved"),
      .text("stored_digest", "SHA-256 of the text as preserved"),
      .text("procedure_id", "linked procedure"), .text("role", "role it describes or applies to"),
      .flag("required", "on the list of required documents"),
      .text("published_digest", "SHA-256 of the text as published"),
      .instant("published_at", "published"), .text("subject", "what it is about"),
    ])

  public static let attestation = RecordType(
    "attestation", .latest, key: ["attestation_id"], "A statement by a named person.",
    [
      .text("attestation_id", "id"), .text("control_id", "control"),
      .text("statement", "the statement"), .list("covers", "topics the statement covers"),
      .text("person_id", "who states it"), .text("role", "role"), .instant("made_at", "when"),
      .instant("period_from", "from"), .instant("period_to", "to, exclusive"),
      .text("attachment_digest", "SHA-256 of the attached document"),
      .text("refers_to", "event, vendor, site or month it is about"),
    ])

  public static let assessment = RecordType(
    "assessment", .latest, key: ["assessment_id"], "A risk assessment or review as a whole.",
    [
      .text("assessment_id", "id"), .text("kind", "risk, vendor, privacy, access, control"),
      .instant("approved_at", "approved"), .text("approver_id", "who"),
      .list("categories", "categories covered"), .text("trigger_id", "trigger event"),
    ])

  public static let risk = RecordType(
    "risk", .latest, key: ["risk_id"], "An entry of the risk register.",
    [
      .text("risk_id", "id"), .text("title", "title"), .list("tags", "categories, fraud ..."),
      .integer("likelihood", "1 to 5"), .integer("impact", "1 to 5"),
      .text("response", "reduce, accept, transfer, avoid"), .text("owner_id", "owner"),
      .instant("reviewed_at", "last review"), .list("control_ids", "controls that treat it"),
      .instant("due_at", "treatment due"), .instant("closed_at", "closed"),
      .list("objectives", "commitments or objectives at stake"),
      .flag("above_appetite", "rated above appetite"),
      .flag("extension_approved", "due date moved with approval"),
      .integer("residual_impact", "impact after treatment"),
      .text("insurance", "insurance that covers it"),
    ])

  public static let vendor = RecordType(
    "vendor", .latest, key: ["vendor_id"], "A supplier.",
    [
      .text("vendor_id", "id"), .integer("tier", "1 most critical"),
      .flag("subservice", "its controls are needed to meet commitments"),
      .flag("personal_data", "processes personal data"),
      .instant("onboarded_at", "since"), .instant("offboarded_at", "until"),
      .instant("assessed_at", "last assessment"), .text("report_kind", "soc2_type2, iso27001 ..."),
      .instant("report_from", "report covers from"), .instant("report_to", "to, exclusive"),
      .instant("report_reviewed_at", "report read"),
      .flag("exceptions_handled", "its exceptions and user controls were considered"),
      .json(
        "agreement_flags", "{security, confidentiality, breach_notice, audit, dpa, return_of_data}"),
      .text("owner_id", "owner"), .instant("bridge_to", "bridge letter until"),
      .instant("data_returned_at", "data returned or deleted"),
    ])

  public static let commitment = RecordType(
    "commitment", .latest, key: ["commitment_id"], "A promise to customers.",
    [
      .text("commitment_id", "id"), .text("text", "the promise"),
      .flag("measurable", "can be measured"), .text("kpi", "K1 to K13"), .text("unit", "unit"),
      .real("target", "target"), .instant("approved_at", "approved"),
      .text("register_digest", "digest of the register's text"),
      .text("published_digest", "digest of the published text"),
    ])

  public static let site = RecordType(
    "site", .latest, key: ["site_id"], "A data centre or office.",
    [
      .text("site_id", "id"), .text("operator", "vendor_id"), .flag("own", "run by ourselves"),
      .flag("in_scope", "in scope"), .instant("report_from", "report covers from"),
      .instant("report_to", "to, exclusive"), .instant("bridge_to", "bridge letter until"),
    ])

  public static let trigger_event = RecordType(
    "trigger_event", .latest, key: ["event_id"],
    "A significant change that calls for a look at risk.",
    [
      .text("event_id", "id"),
      .text("kind", "product, region, vendor, architecture, leadership, threat"),
      .instant("occurred_at", "when"), .text("described_by", "document or ticket"),
      .flag("significant", "labelled significant"),
    ])

  public static let occurrence = RecordType(
    "occurrence", .latest, key: ["control_id", "interval_start"],
    "Something done once per interval: a review, a test, a meeting.",
    [
      .text("control_id", "control"), .instant("interval_start", "interval"),
      .instant("interval_end", "interval, exclusive"), .instant("done_at", "done"),
      .text("person_id", "by whom"), .text("result", "result"),
      .text("kind", "review, test, run, meeting"), .list("covers", "what it covered"),
      .integer("items_total", "items looked at"), .integer("items_open", "of these still open"),
      .list("evidence_ids", "documents"),
    ])
}

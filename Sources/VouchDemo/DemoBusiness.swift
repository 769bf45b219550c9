import VouchModel

// Registers and listings of the made-up company beyond its machines and scans. Each is a CSV
// named after its record type, as people drop them into the inbox.

extension DemoCompany {
  /// Days of the monthly listings: never more than 31 days apart, one before and one after the quarter.
  static let monthly: [(Int, Int)] = [(6, 30), (7, 29), (8, 27), (9, 25), (10, 2)]
  /// Sundays, one before and one after the quarter.
  static let weekly: [(Int, Int)] = scanNights

  var business: [DemoExport] {
    people + access + governance + engineering + operations + data + privacy + hosts_
  }

  /// A CSV of a record type on a day; local dates stand in the file's name.
  func export(_ type: String, _ date: (Int, Int), _ table: DemoTable) -> DemoExport {
    let name = "2026-\(DemoMachine.digits(date.0, 2))-\(DemoMachine.digits(date.1, 2))"
    return DemoExport(
      path: "registers/\(type)-\(name).csv",
      collectedAt: Self.day(date.0, date.1, hour: 7).advanced(by: Int64(type.utf8.count)),
      text: table.text)
  }

  private var closing: (Int, Int) { (10, 2) }
  private func register(_ type: String, _ table: DemoTable) -> DemoExport {
    export(type, closing, table)
  }
  private func p(_ n: Int) -> String { "p-\(DemoMachine.digits(n, 3))" }
  private func d(_ month: Int, _ day: Int, _ hour: Int = 9) -> Instant {
    Self.day(month, day, hour: hour)
  }

  // MARK: People and access

  private var staff: [(id: String, hired: Instant, left: Instant?)] {
    (1...36).map { n in
      let left = [17: (7, 31), 23: (8, 14), 31: (9, 30)][n]
      return (
        p(n),
        n > 33
          ? Self.day(7, 1 + (n - 33) * 7) : Instant(year: 2020 + n % 5, month: 1 + n % 12, day: 1),
        left.map { Self.day($0.0, $0.1) }
      )
    }
  }

  private var people: [DemoExport] {
    var acknowledged = DemoTable("person_id", "doc_id", "version", "acknowledged_at")
    var trained = DemoTable("person_id", "course", "assigned_at", "completed_at", "score")
    for (index, person) in staff.enumerated() {
      let n = index + 1
      let isNew = n > 33
      for doc in ["code", "pol-access", "pol-security"] {
        acknowledged.row(
          person.id, doc, "5",
          isNew ? person.hired.advanced(days: 5) : Instant(year: 2026, month: 1, day: 20))
      }
      acknowledged.row(
        person.id, "pol-privacy", "4",
        isNew ? person.hired.advanced(days: 5) : Instant(year: 2025, month: 8, day: 1))
      if person.left.map({ $0 > d(9, 5) }) ?? true {
        acknowledged.row(person.id, "pol-privacy", "5", d(9, 5))
      }
      if isNew { acknowledged.row(person.id, "nda", "1", person.hired.advanced(days: -4)) }
      // Planted: p-012 was trained thirteen months after the time before.
      if isNew {
        trained.row(person.id, "security", person.hired, person.hired.advanced(days: 10), 92)
      } else {
        trained.row(
          person.id, "security", d(7, 1), Instant(year: 2025, month: n == 12 ? 7 : 10, day: 5), 88)
        if person.left == nil {
          trained.row(person.id, "security", d(8, 1), d(8, n == 12 ? 28 : 10 + n % 9), 90)
        }
      }
      if n % 3 == 0 {
        trained.row(
          person.id, "privacy", d(2, 1), isNew ? person.hired.advanced(days: 12) : d(2, 20), 95)
      }
    }
    var screened = DemoTable("person_id", "kind", "completed_at", "result_ok", "first_access_at")
    var granted = DemoTable(
      "grant_id", "person_id", "system", "roles", "granted_at", "ticket_id", "requester_id",
      "approver_id", "approved_at", "approved_roles")
    for n in 34...36 {
      let hired = staff[n - 1].hired
      screened.row(p(n), "basic", hired.advanced(days: -10), true, hired.advanced(days: 1))
      granted.row(
        "g-\(n)", p(n), "okta", ["staff"], hired.advanced(by: 36000), "ACC-\(n)", p(3), p(2),
        hired.advanced(days: -1), ["staff"])
    }
    var assigned = DemoTable("thing_kind", "thing_id", "owner_id", "since")
    for service in ["web", "api", "ledger"] { assigned.row("system", service, p(2), d(1, 10)) }
    return [
      register("acknowledgement", acknowledged), register("training", trained),
      register("screening", screened), register("access_grant", granted),
      register("assignment", assigned),
    ]
  }

  private var access: [DemoExport] {
    Self.monthly.flatMap { date -> [DemoExport] in
      let at = Self.day(date.0, date.1)
      var accounts = DemoTable(
        "source", "account_id", "person_id", "kind", "status", "privileged", "interactive",
        "is_root", "created_at",
        "last_used_at", "disabled_at", "mfa_enrolled", "mfa_enforced", "roles", "keys",
        "password_min_length", "lockout_enabled", "exempt", "exempt_approval")
      for (index, person) in staff.enumerated() where person.hired < at {
        let n = index + 1
        // Planted: the account of p-023 was disabled three days after the end.
        let disabled = person.left.map { $0.advanced(by: n == 23 ? 3 * 86400 : 10 * 3600) }.flatMap
        { $0 < at ? $0 : nil }
        accounts.row(
          "okta", "u-\(n)", person.id, "human", disabled == nil ? "active" : "disabled", n <= 3,
          true, false, person.hired.advanced(days: 1),
          (person.left.map { min($0.advanced(days: -1), at) } ?? at).advanced(days: -1), disabled,
          true, true, ["staff"], "[]", 14, true)
      }
      accounts.row(
        "aws", "root", p(2), "break_glass", "active", true, true, true,
        Instant(year: 2020, month: 1, day: 2), Instant(year: 2026, month: 1, day: 5), nil, true,
        true, ["root"], "[]", 14, true, true, "APR-7")
      accounts.row(
        "aws", "deploy", p(3), "service", "active", false, false, false,
        Instant(year: 2022, month: 1, day: 2), at.advanced(days: -1), nil, nil, nil, ["releaser"],
        "[{\"id\":\"k1\",\"active\":true}]", nil, nil)
      var keys = DemoTable(
        "key_id", "kind", "owner_id", "created_at", "rotated_at", "last_used_at", "auto_rotation",
        "active", "admins", "users")
      keys.row(
        "kms-books", "kms", p(2), Instant(year: 2022, month: 5, day: 1), at.advanced(days: -60),
        at.advanced(days: -1), true, true, [p(2)], ["svc-books"])
      // Planted: an access key of the deployment account that nobody rotated.
      keys.row(
        "k1", "access_key", "deploy", Instant(year: 2025, month: 9, day: 1),
        Instant(year: 2025, month: 9, day: 1), at.advanced(days: -1), false, true, [p(3)],
        ["svc-deploy"])
      var badges = DemoTable("badge_id", "person_id", "site_id", "active")
      for n in 1...20 where n != 17 { badges.row("b-\(n)", p(n), "office", true) }
      return [
        export("account", date, accounts), export("key", date, keys), export("badge", date, badges),
      ]
    }
  }

  // MARK: Governance

  private var governance: [DemoExport] {
    var documents = DemoTable(
      "doc_id", "kind", "version", "owner_id", "author_id", "approver_id", "approved_at",
      "effective_at", "digest", "stored_digest",
      "procedure_id", "role", "required", "published_digest", "published_at", "subject")
    func policy(_ id: String, _ kind: String, required: Bool, approved: Instant) {
      let text = Digest.sha256("\(id) text").hex
      documents.row(
        id, kind, "5", p(2), p(3), p(1), approved, approved.advanced(days: 7), text, text,
        "proc-\(id)", nil, required, text, approved.advanced(days: 7), nil)
    }
    policy("code", "code_of_conduct", required: false, approved: d(1, 5))
    for id in ["pol-access", "pol-security"] {
      policy(id, "policy", required: true, approved: d(1, 5))
    }
    // Planted: the privacy policy was due in July and approved in August.
    let old = Digest.sha256("pol-privacy 4").hex
    documents.row(
      "pol-privacy", "policy", "4", p(2), p(3), p(1), Instant(year: 2025, month: 7, day: 10),
      Instant(year: 2025, month: 7, day: 20), old, old, "proc-privacy", nil, true, old, nil, nil)
    policy("pol-privacy", "policy", required: true, approved: d(8, 20))
    for role in [
      "Head of Operations", "System Administrator", "Developer", "Support", "Accountant",
      "Security Officer",
    ] {
      documents.row(
        "role-\(role.lowercased().replacing(" ", with: "-"))", "role_description", "1", p(1), p(1),
        p(1), d(1, 5), d(1, 5), nil, nil, nil, role, false, nil, nil, nil)
    }
    for (id, kind) in [("org", "org_chart"), ("ir", "ir_plan"), ("bia", "bia"), ("bcp", "bcp")] {
      documents.row(
        id, kind, "3", p(2), p(3), p(1), d(2, 10), d(2, 15), nil, nil, nil, nil, false, nil, nil,
        nil)
    }
    let notice = Digest.sha256("notice 4").hex
    documents.row(
      "notice", "privacy_notice", "4", p(3), p(3), p(1), d(2, 1), d(3, 1), notice, notice, nil, nil,
      false, notice, d(3, 1), nil)
    documents.row(
      "nda", "confidentiality_agreement", "1", p(3), p(3), p(1),
      Instant(year: 2024, month: 1, day: 5), Instant(year: 2024, month: 1, day: 5), nil, nil, nil,
      nil, false, nil, nil, nil)
    for service in ["web", "api", "ledger"] {
      documents.row(
        "spec-\(service)", "spec", "2", p(2), p(3), p(1), d(5, 10), d(5, 15), nil, nil, nil, nil,
        false, nil, d(5, 15), service)
    }
    var risks = DemoTable(
      "risk_id", "title", "tags", "likelihood", "impact", "response", "owner_id", "reviewed_at",
      "control_ids", "due_at", "objectives", "above_appetite")
    let named = [
      ("ransomware", ["security"]), ("insider fraud", ["fraud", "security"]),
      ("loss of the main site", ["availability"]), ("wrong postings", ["processing_integrity"]),
      ("leak of customer data", ["confidentiality", "privacy"]),
      ("loss of a supplier", ["availability"]),
    ]
    for (index, risk) in named.enumerated() {
      risks.row(
        "R-\(index + 1)", risk.0, risk.1, 2, 4, "reduce", p(2), d(3, 3),
        ["VM-02", "AVL-05", "IAM-01"], Instant(year: 2026, month: 12, day: 1), ["C-1"], index < 3)
    }
    var assessments = DemoTable(
      "assessment_id", "kind", "approved_at", "approver_id", "categories", "trigger_id")
    assessments.row(
      "AS-2026", "risk", d(3, 5), p(1),
      ["security", "availability", "processing_integrity", "confidentiality", "privacy"], nil)
    assessments.row("AS-E1", "risk", d(8, 3), p(1), ["security"], "E-1")
    var events = DemoTable("event_id", "kind", "occurred_at", "described_by", "significant")
    events.row("E-1", "product", d(7, 20), "CHG-NEWS", true)
    var vendors = DemoTable(
      "vendor_id", "tier", "subservice", "personal_data", "onboarded_at", "assessed_at",
      "report_kind", "report_from", "report_to", "report_reviewed_at",
      "exceptions_handled", "agreement_flags", "owner_id")
    let terms =
      "{\"signed\":true,\"dpa\":true,\"nda\":true,\"breach_notice\":true,\"method\":\"carve_out\",\"expected_controls\":8,\"user_controls_open\":0}"
    vendors.row(
      "V-hosting", 1, true, true, Instant(year: 2021, month: 1, day: 1), d(4, 10), "soc2_type2",
      Instant(year: 2025, month: 8, day: 1), Instant(year: 2026, month: 8, day: 1), d(9, 1), true,
      terms, p(2))
    vendors.row(
      "V-mail", 2, false, true, Instant(year: 2022, month: 1, day: 1), d(5, 10), nil, nil, nil, nil,
      nil, terms, p(2))
    // Planted: the vendor of payroll was last assessed two years ago.
    vendors.row(
      "V-payroll", 1, false, true, Instant(year: 2020, month: 1, day: 1),
      Instant(year: 2024, month: 5, day: 10), nil, nil, nil, nil, nil, terms, p(5))
    var sites = DemoTable("site_id", "operator", "own", "in_scope", "report_from", "report_to")
    sites.row(
      "dc-north", "V-hosting", false, true, Instant(year: 2025, month: 8, day: 1),
      Instant(year: 2026, month: 8, day: 1))
    sites.row("office", nil, true, true, nil, nil)
    var commitments = DemoTable(
      "commitment_id", "text", "measurable", "kpi", "unit", "target", "approved_at",
      "register_digest", "published_digest")
    for (id, text, kpi, target) in [
      ("C-1", "99.9 percent uptime a month", "K1", 99.9),
      ("C-2", "issues resolved within the times of the plan", "K8", 95),
      ("C-3", "critical vulnerabilities fixed in seven days", "K7", 95),
    ] {
      let digest = Digest.sha256(text).hex
      commitments.row(id, text, true, kpi, "percent", target, d(1, 12), digest, digest)
    }
    var pentests = DemoTable(
      "report_id", "tester", "scope", "report_date", "retest_at", "independent", "findings")
    pentests.row(
      "PT-2026", "Example Security GmbH", ["web", "api", "ledger"], d(3, 20), d(5, 2), true,
      "[{\"id\":\"1\",\"severity\":\"high\",\"retest_ok\":true}]")
    var done = DemoTable(
      "control_id", "interval_start", "interval_end", "done_at", "person_id", "result", "kind",
      "items_total", "items_open", "covers")
    for month in 7...9 {
      let start = Self.day(month, 1)
      let end = Self.day(month + 1, 1)
      done.row("MON-01", start, end, Self.day(month, 20), p(3), "pass", "run", 89, 0, nil)
      done.row("AVL-04/rota", start, end, Self.day(month, 28), p(2), "pass", "review", 744, 0, nil)
      for (service, value) in Self.availability(month) {
        done.row("AVL-02/\(service)", start, end, end, p(2), value, "report", 1, 0, nil)
      }
    }
    done.row(
      "GOV-04", Self.day(8, 1), Self.day(9, 1), Self.day(8, 25), p(3), "pass", "run", 3, 0, nil)
    for control in ["IAM-05", "IAM-06", "NET-02", "LOG-01"] {
      done.row(
        control, Self.day(7, 1), Self.day(10, 1), Self.day(9, 15), p(3), "done", "review", 36, 0,
        ["okta", "aws"])
    }
    return [
      register("document", documents), register("risk", risks), register("assessment", assessments),
      register("trigger_event", events),
      register("vendor", vendors), register("site", sites), register("commitment", commitments),
      register("pentest", pentests), register("occurrence", done),
    ] + statements
  }

  private var statements: [DemoExport] {
    let all: [(String, String, Int, Int, [String], Int)] = [
      ("GOV-02", "2026-Q3", 9, 10, ["attendees", "security", "deficiencies"], 1),
      ("RSK-02", "2026", 3, 6, ["fraud"], 2),
      ("MON-01", "2026-07", 8, 10, ["results"], 3), ("MON-01", "2026-08", 9, 10, ["results"], 3),
      ("MON-01", "2026-09", 10, 2, ["results"], 3),
      ("PHY-01", "dc-north", 9, 1, ["exceptions", "user_controls"], 2),
      ("INC-01", "exercise", 5, 12, ["exercise"], 3),
      ("AVL-07", "exercise", 4, 20, ["lessons"], 2), ("AVL-08", "plans", 2, 20, ["targets"], 2),
      ("PRV-01", "notice", 3, 2, ["practice"], 3),
      ("PRV-03", "activities", 3, 10, ["purpose"], 3),
      ("PRV-09", "review", 4, 10, ["complaints"], 3), ("CHG-06", "test", 7, 15, ["masking"], 2),
      ("IAM-05", "2026-Q3", 9, 20, ["no_self_review"], 3),
    ]
    return all.flatMap { control, about, month, day, covers, person -> [DemoExport] in
      let made = d(month, day, 10)
      let name = "\(control.lowercased())-\(about).txt"
      let minutes =
        "Record for \(control), \(about)\nPresent: \(p(person)), p-011\nRead and discussed: \(covers.joined(separator: ", ")).\n"
      // Statements of before the quarter reached the workspace with the first collection.
      let collected = max(made, Self.day(6, 30, hour: 8)).advanced(by: 900)
      let statement = attestation(
        control: control, about: about, person: p(person), role: "Head of Operations", made: made,
        covers: covers,
        attachment: (name, minutes),
        statement: "I have read and discussed: \(covers.joined(separator: ", ")).")
      return [
        DemoExport(path: "minutes/\(name)", collectedAt: collected, text: minutes),
        DemoExport(path: statement.path, collectedAt: collected, write: statement.write),
      ]
    }
  }

  // MARK: Engineering

  private var engineering: [DemoExport] {
    var changes = DemoTable(
      "repo", "change_id", "author_id", "approvals", "merged_at", "merge_sha", "via_review",
      "ticket_ids", "emergency", "deployed_at",
      "deployer_id", "rolled_back", "caused_incident", "customer_notice", "reviewed_after_at")
    var deployments = DemoTable(
      "deployment_id", "service", "environment", "sha", "image_digest", "deployed_at",
      "deployer_id", "change_id", "automated")
    var tests = DemoTable(
      "run_id", "suite", "sha", "tests", "failures", "errors", "skipped", "started_at", "ended_at",
      "line_rate")
    var releases = DemoTable(
      "release_id", "image_digest", "deployed_at", "scan_report_at", "scan_db_at", "gate_findings",
      "signature_ok", "pinned")
    var tickets = DemoTable(
      "source", "ticket_id", "kind", "severity", "created_at", "acknowledged_at", "resolved_at",
      "status", "service", "owner_id", "links", "labels", "pauses", "severity_changes", "approvals",
      "control_id")
    // The version that ran when the quarter began.
    let first = String(Digest.sha256("change 0").hex.prefix(40))
    changes.row(
      "books", "0", p(5), "[]", d(6, 24), first, true, ["BOOK-0"], false, d(6, 25), "deploy", false,
      false, false, nil)
    deployments.row(
      "D-0", "ledger", "production", first, "sha256:\(first)", d(6, 25), "deploy", "0", true)
    tests.row("run-0", "input_validation", first, 400, 0, 0, 3, d(6, 24), d(6, 24, 10), 0.84)
    for n in 1...60 {
      let merged = Self.day(7, 1, hour: 10).advanced(days: Int64(n * 3 / 2)).advanced(
        by: Int64(n % 6) * 3600)
      let sha = String(Digest.sha256("change \(n)").hex.prefix(40))
      let repo = ["books", "api", "infra"][n % 3]
      // Planted: change 41 was pushed directly to the main branch.
      let isDirect = n == 41
      let approvals =
        isDirect
        ? "[]"
        : "[{\"person_id\":\"\(p(4 + (n + 1) % 6))\",\"at\":\(merged.advanced(by: -1800).seconds),\"sha\":\"\(sha)\"}]"
      let deployed = merged.advanced(by: 7200)
      changes.row(
        repo, "\(n)", p(4 + n % 6), approvals, merged, sha, !isDirect, ["BOOK-\(n)"], false,
        deployed, "deploy", n == 13, n == 13, false, isDirect ? merged.advanced(days: 1) : nil)
      deployments.row(
        "D-\(n)", ["ledger", "api", "web"][n % 3], "production", sha, "sha256:\(sha)", deployed,
        "deploy", "\(n)", true)
      releases.row(
        "v\(n)", "sha256:\(sha)", deployed, deployed.advanced(by: -3600),
        deployed.advanced(by: -18000), 0, true, true)
      for suite in ["unit", "integration", "input_validation"] {
        tests.row(
          "run-\(n)", suite, sha, 400 + n, 0, 0, 3, merged.advanced(by: 600),
          merged.advanced(by: 1500), 0.84)
      }
      tickets.row(
        "jira", "BOOK-\(n)", "change", "low", merged.advanced(days: -4), merged.advanced(days: -4),
        deployed, "Done", repo, p(4 + n % 6), n == 13 ? ["INC-2"] : [String](), [String](), nil,
        nil, nil)
    }
    for n in 1...90 {
      let created = Self.day(7, 1, hour: 9).advanced(days: Int64(n)).advanced(
        by: Int64(n % 7) * 3600)
      let severity = ["low", "medium", "medium", "high", "low", "critical"][n % 6]
      // Planted: nine medium issues of August were resolved after their five days.
      let isLate = severity == "medium" && (32...58).contains(n) && n % 3 != 0
      let hours: Int64 =
        severity == "critical"
        ? 3 : severity == "high" ? 20 : severity == "medium" ? (isLate ? 24 * 11 : 72) : 24 * 8
      tickets.row(
        "jira", "SUP-\(n)", "issue", severity, created, created.advanced(by: 900),
        created.advanced(by: hours * 3600), "Done", "web", p(10 + n % 5), [String](), [String](),
        nil, "[]", nil)
    }
    tickets.row(
      "jira", "BUG-13", "issue", "high", d(7, 21, 12), d(7, 21, 12), d(7, 21, 18), "Done", "api",
      p(4), ["13"], [String](), nil, "[]", nil)
    tickets.row(
      "jira", "DEF-1", "deficiency", "high", d(7, 10), d(7, 10), d(8, 1), "Done", "security", p(3),
      [String](), [String](), nil, nil, nil, "GOV-04")
    for (id, label) in [("LES-1", "ir_lesson"), ("LES-2", "dr_lesson")] {
      tickets.row(
        "jira", id, "request", "low", d(5, 20), d(5, 20), d(6, 20), "Done", "ops", p(2), [String](),
        [label], nil, nil, nil)
    }
    tickets.row(
      "jira", "OFF-1", "request", "low", d(7, 10), d(7, 10), d(7, 30), "Done", "crm", p(2),
      ["proof-7"], ["offboarding"], nil, nil, nil)
    for n in 34...36 {
      let hired = staff[n - 1].hired
      tickets.row(
        "jira", "ACC-\(n)", "access", "low", hired.advanced(days: -2), hired.advanced(days: -2),
        hired.advanced(days: 1), "Done", "okta", p(3), [String](), [String](), nil, nil,
        "[{\"person_id\":\"\(p(2))\",\"at\":\(hired.advanced(days: -1).seconds),\"roles\":[\"staff\"]}]"
      )
    }
    let repositories = Self.monthly.map { date -> DemoExport in
      var table = DemoTable(
        "repo", "in_scope", "archived", "protection", "audit_events", "scanners")
      for repo in ["books", "api", "infra"] {
        table.row(
          repo, true, false,
          "{\"reviews_required\":1,\"dismiss_stale\":true,\"enforce_admins\":true,\"checks_required\":[\"ci\"],\"force_push\":false,\"deletions\":false,\"bypass\":[]}",
          "[]", ["sast", "secrets", "dependencies"])
      }
      return export("repository", date, table)
    }
    let environments = Self.monthly.map { date -> DemoExport in
      var table = DemoTable(
        "environment_id", "kind", "account_id", "networks", "holds_production_data", "masking",
        "admin_ids")
      table.row("production", "production", "aws", ["10.20.0.0/16"], true, nil, [p(2)])
      table.row(
        "test", "test", "aws", ["10.30.0.0/16"], true, "names and account numbers replaced", [p(4)])
      return export("environment", date, table)
    }
    return [
      register("change", changes), register("deployment", deployments), register("test_run", tests),
      register("release", releases), register("ticket", tickets),
    ] + repositories + environments
  }

  // MARK: Operations

  /// Outages of a month: service, day, minutes, planned.
  private static let outages:
    [(service: String, month: Int, day: Int, minutes: Int, planned: Bool)] = [
      ("api", 7, 21, 12, false), ("web", 8, 9, 20, true), ("ledger", 8, 9, 30, true),
      ("api", 9, 6, 9, true), ("web", 9, 17, 4, false),
      // Planted: the ledger's windows lay six weeks apart, and patches are promised within 30 days.
      ("ledger", 6, 28, 20, true),
    ]

  static func availability(_ month: Int) -> [(String, String)] {
    ["web", "api", "ledger"].map { service in
      let down = outages.filter { $0.service == service && $0.month == month }.reduce(0) {
        $0 + $1.minutes
      }
      let minutes = (day(month + 1, 1).seconds - day(month, 1).seconds) / 60
      let percent = 100 * Double(minutes - Int64(down)) / Double(minutes)
      return (service, "\((percent * 100_000).rounded() / 100_000)")
    }
  }

  /// When a machine restarted for its kernel; nil when it did not.
  static func restart(of machine: DemoMachine, patched: Instant) -> Instant? {
    if machine.role == "db" || machine.number == 9 || machine.number == 11 { return nil }
    // Where no other node serves, in the planned maintenance of August.
    return machine.isRedundant
      ? patched.advanced(by: 3600) : day(8, 9, hour: 3).advanced(by: 300)
  }

  private var operations: [DemoExport] {
    var services = DemoTable(
      "service_id", "name", "in_scope", "targets", "specification_id", "live_from", "redundant")
    for (id, name) in [
      ("web", "Web application"), ("api", "Programming interface"), ("ledger", "Ledger"),
    ] {
      services.row(
        id, name, true, "{\"uptime_percent\":99.9,\"latency_p95_ms\":500}", "spec-\(id)",
        Instant(year: 2021, month: 1, day: 1), id != "ledger")
    }
    var outages = DemoTable(
      "service", "start_at", "end_at", "planned", "announced_at", "window_start", "window_end",
      "source", "cause", "incident_id")
    for o in Self.outages {
      let start = Self.day(o.month, o.day, hour: 3)
      let end = start.advanced(by: Int64(o.minutes) * 60)
      outages.row(
        o.service, start, end, o.planned, o.planned ? start.advanced(days: -5) : nil,
        o.planned ? start : nil, o.planned ? start.advanced(by: 7200) : nil, "monitor",
        o.planned ? "patch_reboot" : "fault", o.planned ? nil : o.service == "api" ? "INC-2" : nil)
    }
    var incidents = DemoTable(
      "incident_id", "severity", "detected_at", "declared_at", "acknowledged_at", "contained_at",
      "resolved_at", "security", "personal_data", "services",
      "review_at", "actions", "root_cause", "customer_impact", "notification_required",
      "notified_at", "decided_at")
    incidents.row(
      "INC-1", "low", d(7, 8), d(7, 8, 10), d(7, 8, 10), d(7, 8, 12), d(7, 9), true, false,
      [String](), nil, "[]", "a phishing mail", false, false, nil, d(7, 8, 12))
    incidents.row(
      "INC-2", "high", d(7, 21, 3), d(7, 21, 3).advanced(by: 1200), d(7, 21, 3).advanced(by: 600),
      d(7, 21, 3).advanced(by: 1500), d(7, 21, 5), false, false, ["api"], d(7, 28),
      "[{\"id\":\"1\",\"owner_id\":\"\(p(4))\",\"due_at\":\(d(9, 1).seconds),\"done_at\":\(d(8, 20).seconds)}]",
      "a wrong index", true, false, nil, d(7, 21, 6))
    incidents.row(
      "INC-3", "medium", d(9, 2), d(9, 2, 10), d(9, 2, 10), d(9, 2, 12), d(9, 3), false, true,
      ["web"], d(9, 9), "[]", "a mail to the wrong customer", true, true, d(9, 3), d(9, 2, 15))
    var notices = DemoTable(
      "notice_id", "kind", "sent_at", "audience", "refers_to", "version", "digest", "document_id")
    notices.row("N-1", "incident", d(7, 21, 8), "customers", "INC-2", nil, nil, nil)
    notices.row("N-2", "incident", d(9, 3), "customers", "INC-3", nil, nil, nil)
    notices.row("N-3", "privacy", d(2, 10), "subjects", nil, "4", nil, "notice")
    for month in 7...9 {
      for (service, value) in Self.availability(month) {
        notices.row(
          "AV-\(service)-\(month)", "availability", Self.day(month + 1, 1, hour: 20), "customers",
          service, nil, value, nil)
      }
    }
    var alerts = DemoTable(
      "source", "alert_id", "rule", "severity", "asset_id", "raised_at", "acknowledged_at",
      "closed_at", "disposition", "incident_id", "kind")
    for month in 7...9 {
      for service in ["web", "api", "ledger"] {
        let at = Self.day(month, 6, hour: 11)
        alerts.row(
          "pager", "T-\(service)-\(month)", "test-\(service)", "low", service, at,
          at.advanced(by: 240), at.advanced(by: 600), "benign", nil, "availability")
      }
      for n in 1...12 {
        let at = Self.day(month, 2 + n * 2, hour: 14)
        alerts.row(
          "suricata", "S-\(month)-\(n)", "scan", n % 4 == 0 ? "high" : "medium",
          machines[n % machines.count].hostname, at, at.advanced(by: 1800), at.advanced(by: 7200),
          "false_positive", nil, "security")
      }
    }
    var patches = DemoTable(
      "asset_id", "package", "advisory", "cves", "released_at", "applied_at", "rebooted",
      "reboot_at", "downtime_minutes", "method", "awaiting_reboot",
      "change_id", "standard_change", "service_id", "source", "fixed_version", "effective_kernel")
    var boots = DemoTable("source", "asset_id", "booted_at", "ended_at", "kernel", "clean")
    for machine in machines {
      let released = d(7, 14)
      let applied = released.advanced(days: Int64(5 + machine.number % 20))
      patches.row(
        machine.hostname, "openssl", "USN-8000-1", ["CVE-2026-40000"], released, applied, false,
        nil, 0, "package", false, nil, true, Self.service(of: machine), "ivanti", "1.2.0", nil)
      // Planted: host 9 installed its kernel and was never restarted; host 11 lacks an update.
      let isWaiting = machine.number == 9
      let isLive = machine.role == "db"
      let restart = Self.restart(of: machine, patched: applied)
      patches.row(
        machine.hostname, "linux_kernel", "USN-8003-1", ["CVE-2026-40030"], released,
        machine.number == 11 ? nil : applied, restart != nil, restart,
        machine.isRedundant ? 0 : nil,
        isLive ? "live" : "package", isWaiting, nil, true, Self.service(of: machine), "ivanti",
        "6.8.0-45.45",
        isLive ? "6.8.0-45.45" : nil)
      boots.row(
        "last", machine.hostname, Self.day(3, 12, hour: 4), restart, "6.8.0-38-generic",
        restart == nil ? nil : true)
      if let restart {
        boots.row(
          "last", machine.hostname, restart.advanced(by: 60), nil, "6.8.0-45-generic", nil)
      }
    }
    // Planted: an update that the patch tool misses on one host, and that no scan knows of.
    patches.row(
      machines[min(16, machines.count - 1)].hostname, "redis", "USN-8091-1", ["CVE-2026-49001"],
      d(9, 15), nil, false, nil, nil, "package", false, nil, true, "operations", "ivanti", "7.2.5",
      nil)
    var metrics = DemoTable("asset_id", "name", "t", "value")
    for machine in machines {
      for day in stride(from: 0, to: 92, by: 2) {
        let at = Self.day(7, 1, hour: 12).advanced(days: Int64(day))
        if !machine.isInUse(at: at) { continue }
        metrics.row(machine.hostname, "cpu", at, Double(30 + (machine.number * 7 + day) % 35) / 100)
        if day % 14 == 0 {
          metrics.row(machine.hostname, "disk", at, Double(40 + machine.number % 30) / 100)
        }
      }
    }
    var probes = DemoTable("service", "t", "up", "latency_ms", "source")
    for service in ["web", "api", "ledger"] {
      for day in 0..<92 {
        probes.row(
          service, Self.day(7, 1, hour: 15).advanced(days: Int64(day)), true,
          90 + (day * 13 + service.utf8.count * 31) % 180, "monitor")
      }
    }
    var backups = DemoTable(
      "source", "job_id", "store_id", "started_at", "ended_at", "status", "bytes", "encrypted",
      "target", "offsite", "immutable_until")
    for day in -2..<93 {
      for store in ["books", "crm"] {
        let at = Self.day(7, 1, hour: 1).advanced(days: Int64(day))
        // Planted: the night of 12 September failed for the books.
        let isFailed = day == 73 && store == "books"
        backups.row(
          "restic", "\(store)-\(day + 2)", store, at, at.advanced(by: 1800),
          isFailed ? "failed" : "success", 900_000_000 + day * 1000, true, "site-b", true,
          at.advanced(days: 30))
      }
    }
    var restores = DemoTable(
      "test_id", "store_id", "backup_id", "started_at", "ended_at", "result", "checksum_match",
      "data_loss_minutes", "kind")
    restores.row(
      "RT-1", "books", "books-40", d(8, 12), d(8, 12, 11), "success", true, 30, "restore")
    restores.row("RT-2", "crm", "crm-40", d(8, 12), d(8, 12, 10), "success", true, 30, "restore")
    restores.row("DR-1", "books", nil, d(4, 15), d(4, 15, 12), "success", true, 20, "failover")
    var drift = DemoTable(
      "event_id", "asset_id", "item", "detected_at", "reverted_at", "approved_at", "change_id")
    drift.row("DR-1", machines[3].hostname, "/etc/ssh/sshd_config", d(8, 5), d(8, 6), nil, nil)
    return [
      register("service", services), register("outage", outages), register("incident", incidents),
      register("notice", notices), register("alert", alerts),
      register("patch_event", patches), register("reboot", boots), register("metric", metrics),
      register("probe", probes),
      register("backup_job", backups), register("restore_test", restores),
      register("drift_event", drift),
    ]
  }

  // MARK: Data and processing

  private var data: [DemoExport] {
    let stores = Self.monthly.map { date -> DemoExport in
      let at = Self.day(date.0, date.1)
      var table = DemoTable(
        "store_id", "kind", "data_class", "owner_id", "encrypted", "cipher", "platform_managed",
        "location", "retention_days", "oldest_record_at", "reviewed_at",
        "inventoried", "discovered", "backup_required", "public_access")
      table.row(
        "books", "database", "customer", p(2), true, "luks2:aes-xts-plain64:512", false, "dc-north",
        3650, Instant(year: 2021, month: 1, day: 4), d(2, 10), true, true, true, false)
      table.row(
        "crm", "database", "personal", p(3), true, "luks2:aes-xts-plain64:512", false, "dc-north",
        730, at.advanced(days: -700), d(2, 10), true, true, true, false)
      // Planted: laptops of the support team are not all encrypted.
      table.row(
        "laptop-17", "laptop", "confidential", p(10), date.0 >= 9, "luks2:aes-xts-plain64:512",
        false, "office", 365, at.advanced(days: -100), d(2, 10), true, true, false, false)
      return export("data_store", date, table)
    }
    let checks = Self.monthly.map { date -> DemoExport in
      var table = DemoTable("scan_id", "asset_id", "check_id", "name", "result", "source")
      for store in ["books", "crm"] {
        table.row("integrity", store, "integrity", "checksums of the store", "passed", "postgres")
      }
      table.row(
        "backup", "backup", "restic.repository-check", "repository check", "passed", "restic")
      return export("compliance_check", date, table)
    }
    var jobs = DemoTable(
      "job", "kind", "scheduled_at", "started_at", "ended_at", "status", "records_in",
      "records_out", "records_rejected", "rejects_open", "max_delay_minutes", "handled_by",
      "data_class")
    for day in 0..<92 {
      let at = Self.day(7, 1, hour: 2).advanced(days: Int64(day))
      let n = 12_000 + day * 37 % 900
      jobs.row(
        "bank-import", "import", at, at, at.advanced(by: 900), "success", n, n - day % 3, day % 3,
        0, 120, nil, "customer")
      jobs.row(
        "statements", "export", at.advanced(by: 3600), at.advanced(by: 3600), at.advanced(by: 5400),
        "success", n, n, 0, 0, 180, nil, "customer")
      jobs.row(
        "books", "reconciliation", at.advanced(by: 7200), at.advanced(by: 7200),
        at.advanced(by: 7800), "success", n, n, 0, 0, 180, nil, "customer")
      jobs.row(
        "crm", "reconciliation", at.advanced(by: 7200), at.advanced(by: 7200),
        at.advanced(by: 7800), "success", n, n, 0, 0, 180, nil, "personal")
    }
    for month in 7...9 {
      for store in ["books", "crm", "laptop-17"] {
        jobs.row(
          store, "deletion", Self.day(month, 15), Self.day(month, 15), Self.day(month, 15, hour: 1),
          "success", 10, 10, 0, 0, 600, nil, "personal")
      }
      jobs.row(
        "data-quality", "report", Self.day(month, 25), Self.day(month, 25),
        Self.day(month, 25, hour: 1), "success", 5000, 4990, 10, 0, 600, nil, "personal")
    }
    return stores + checks + [register("job_run", jobs)]
  }

  // MARK: Privacy

  private var privacy: [DemoExport] {
    var activities = DemoTable(
      "activity_id", "purpose", "elements", "elements_found", "owner_id", "reviewed_at",
      "legal_basis", "in_notice", "retention_days")
    activities.row(
      "PA-1", "invoices", ["name", "iban", "address"], ["name", "iban"], p(3), d(2, 10), "contract",
      true, 3650)
    activities.row(
      "PA-2", "newsletter", ["name", "mail"], ["name", "mail"], p(3), d(2, 10), "consent", true, 730
    )
    var consents = DemoTable(
      "subject_ref", "purpose", "notice_version", "given_at", "withdrawn_at", "honoured_at",
      "collected_first_at")
    for n in 1...20 {
      let given = Self.day(7, 1, hour: 9).advanced(days: Int64(n * 4))
      consents.row(
        "s-\(n)", "newsletter", "4", given, n % 7 == 0 ? given.advanced(days: 5) : nil,
        n % 7 == 0 ? given.advanced(days: 6) : nil, given)
    }
    var disclosures = DemoTable(
      "disclosure_id", "recipient", "purpose", "basis", "basis_at", "disclosed_at", "authorised",
      "incident_id", "notified_at")
    for (index, vendor) in ["V-hosting", "V-mail", "V-payroll"].enumerated() {
      disclosures.row(
        "DI-\(index + 1)", vendor, "processing", "contract", Instant(year: 2022, month: 1, day: 1),
        d(7, 10 + index), true, nil, nil)
    }
    disclosures.row(
      "DI-9", "unknown", "mail to the wrong customer", nil, nil, d(9, 2), false, "INC-3", d(9, 3))
    var requests = DemoTable(
      "request_id", "kind", "received_at", "verified_at", "extended_to", "answered_at", "outcome",
      "reason", "propagated_at", "acknowledged_at")
    requests.row("DSR-1", "access", d(7, 3), d(7, 4), nil, d(7, 20), "fulfilled", nil, nil, d(7, 3))
    // Planted: an access request that took 45 days.
    requests.row(
      "DSR-2", "access", d(7, 10), d(7, 11), nil, d(8, 24), "fulfilled", nil, nil, d(7, 10))
    requests.row(
      "DSR-3", "deletion", d(8, 3), d(8, 4), nil, d(8, 20), "fulfilled", nil, d(8, 20), d(8, 3))
    requests.row(
      "DSR-4", "correction", d(8, 5), d(8, 6), nil, d(8, 9), "fulfilled", nil, d(8, 9), d(8, 5))
    requests.row(
      "DSR-5", "complaint", d(9, 1), d(9, 1), nil, d(9, 12), "fulfilled", nil, nil, d(9, 1))
    return [
      register("processing_activity", activities), register("consent_event", consents),
      register("disclosure", disclosures), register("privacy_request", requests),
    ]
  }

  // MARK: Hosts

  private var hosts_: [DemoExport] {
    let configurations = Self.monthly.map { date -> DemoExport in
      let at = Self.day(date.0, date.1)
      var table = DemoTable(
        "asset_id", "sshd", "sshd_listening", "firewall", "disks", "audit", "ntp", "agents",
        "packages_digest")
      for machine in machines where machine.isInUse(at: at) {
        // Planted: host 14 allows passwords, host 20 has lost events.
        let passwords = machine.number == 14 ? "yes" : "no"
        table.row(
          machine.hostname,
          "{\"permitrootlogin\":\"no\",\"passwordauthentication\":\"\(passwords)\",\"kbdinteractiveauthentication\":\"no\",\"allowgroups\":[\"admins\"],\"ciphers\":[\"chacha20-poly1305@openssh.com\",\"aes256-gcm@openssh.com\"],\"authenticationmethods\":\"any\"}",
          true,
          "{\"loaded\":true,\"enabled\":true,\"families\":[\"inet\"],\"input_policy\":\"drop\",\"forward_policy\":\"drop\",\"ruleset_digest\":\"aa\",\"baseline_digest\":\"aa\"}",
          "[{\"name\":\"vda\",\"mountpoint\":\"/\",\"fstype\":\"ext4\",\"encrypted\":true,\"luks_version\":2,\"cipher\":\"aes-xts-plain64\",\"key_bits\":512,\"holds_data\":true}]",
          "{\"enabled\":1,\"rules\":40,\"baseline_rules\":40,\"watches\":[\"/etc/passwd\",\"/etc/shadow\",\"/etc/sudoers\",\"/etc/audit\"],\"lost\":\(machine.number == 20 ? 12 : 0)}",
          "{\"synchronised\":true,\"offset_ms\":\(machine.number % 9)}",
          "[{\"name\":\"edr\",\"mode\":\"prevent\",\"last_seen\":\(at.advanced(by: -3600).seconds),\"updated_at\":\(at.advanced(days: -1).seconds),\"detections_open\":0}]",
          nil)
      }
      return export("host_config", date, table)
    }
    let weekly = Self.weekly.flatMap { date -> [DemoExport] in
      let at = Self.day(date.0, date.1, hour: 5)
      var sensors = DemoTable(
        "source", "asset_id", "kind", "last_event_at", "rules_updated_at", "drop_rate",
        "max_gap_seconds", "mode", "detections", "detections_open")
      for machine in machines where machine.isInUse(at: at) {
        sensors.row(
          "edr", machine.hostname, "edr", at.advanced(by: -3600), at.advanced(days: -1), 0.0, 3600,
          "prevent", 0, 0)
        sensors.row(
          "wazuh", machine.hostname, "hids", at.advanced(by: -900), at.advanced(days: -2), 0.001,
          7200, "detect", 1, 0)
      }
      var certificates = DemoTable(
        "endpoint", "not_before", "not_after", "tls_versions", "issuer", "http", "in_scope")
      for (index, name) in ["web", "api", "ledger"].enumerated() {
        certificates.row(
          "\(name).northlight.example:443", d(6, 1),
          Instant(year: 2026, month: 11, day: 20 + index), ["1.2", "1.3"], "Example CA", "redirect",
          true)
      }
      // Planted: the log store did not answer in the week of 16 August.
      var logs = DemoTable(
        "source_id", "asset_id", "required", "oldest_event_at", "last_event_at", "immutable",
        "retention_days")
      for machine in machines where machine.isInUse(at: at) {
        logs.row(
          "log-\(machine.number)", machine.hostname, true, at.advanced(days: -400),
          at.advanced(by: -600), true, 400)
      }
      for store in ["books", "crm"] {
        logs.row(
          "access:\(store)", nil, true, at.advanced(days: -400), at.advanced(by: -600), true, 400)
      }
      var all = [export("sensor", date, sensors), export("certificate", date, certificates)]
      if date != (8, 16) { all.append(export("log_source", date, logs)) }
      return all
    }
    let rules = Self.monthly.map { date -> DemoExport in
      var table = DemoTable(
        "device_id", "rule_id", "chain", "direction", "source_net", "protocol", "dest_port",
        "dest_port_to", "action", "comment", "owner_id", "reviewed_at")
      table.row(
        "edge-1", "1", "input", "in", "0.0.0.0/0", "tcp", 443, 443, "allow", "customers", p(2),
        d(5, 10))
      table.row(
        "edge-1", "2", "input", "in", "10.20.0.0/16", "tcp", 22, 22, "allow", "administration",
        p(2), d(5, 10))
      return export("rule", date, table)
    }
    let live = Self.monthly.map { date -> DemoExport in
      let at = Self.day(date.0, date.1)
      var table = DemoTable(
        "source", "asset_id", "booted_kernel", "effective_kernel", "patch_level", "state",
        "patched_at", "last_checkin_at", "cves", "up_to_date", "scanner_interface")
      for machine in machines where machine.role == "db" {
        table.row(
          "kernelcare", machine.hostname, "6.8.0-41-generic", "6.8.0-45.45", "12", "applied",
          at.advanced(days: -3), at, ["CVE-2026-40030", "CVE-2026-40110"], true,
          machine.number % 20 == 3)
      }
      return export("live_patch", date, table)
    }
    return configurations + weekly + rules + live
  }
}

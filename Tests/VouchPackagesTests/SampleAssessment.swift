import Foundation
import VouchModel

@testable import VouchPackages

/// A made-up company's quarter with every verdict and every awkward thing in it: two slices, a
/// waiver, differences, a gap, an incomplete source, hostile texts.
enum Sample {
  static let period = Period(
    id: "2026-Q3", start: at(2026, 7, 1), end: at(2026, 10, 1))

  /// Midnight UTC, or another hour.
  static func at(_ year: Int, _ month: Int, _ day: Int, _ hour: Int = 0) -> Instant {
    Instant(year: year, month: month, day: day, hour: hour)
  }

  /// What attackers and careless exports put into names.
  static let hostile = "=cmd|' /C calc'!A0 <script>alert(1)</script> &amp; \u{1}\u{FFFE} ü 漢字 ]]>"

  static let engagement = Engagement(
    organization: "Example Shop Inc.", slug: "example-shop", system: "Web shop",
    systemDescription: "Takes orders and delivers goods.\n\nHosted by one provider.",
    categories: [.security, .availability], zone: .utc,
    adoptions: [
      .init(control: "IAM-04", owner: "Robin Ashby"), .init(control: "VM-02", owner: "Kim Doe"),
    ],
    parameters: [
      .init(name: "deprovision_hours", key: "", value: .integer(Int64(24)), from: nil),
      .init(name: "vuln_sla_days", key: "high", value: .integer(Int64(30)), from: nil),
      .init(name: "vuln_sla_days", key: "high", value: .integer(Int64(14)), from: at(2026, 8, 15)),
    ],
    waivers: [
      .init(
        id: "W-1", control: "VM-02", item: "web-01|19506|0", attribute: "",
        reason: "Vendor fix is announced for the fourth quarter",
        measure: "The port is closed at the firewall", approver: "Alex Roe",
        approvedAt: at(2026, 7, 10), expiresAt: at(2026, 12, 1))
    ],
    exclusions: [
      .init(
        kind: "control", thing: "PHY-01", reason: "No offices of its own", approver: "Alex Roe")
    ],
    aliases: ["web01.example": "web-01"], preparedBy: "Robin Ashby",
    preparedFor: "Example CPA LLP")

  static func control(
    _ id: String, _ title: String, criteria: [String], mode: Control.Mode = .fullPopulation,
    automation: String = "full", category: VouchModel.Category = .security,
    attributes: [Control.Attribute]
  ) -> Control {
    Control(
      id: id, title: title, activity: "\(title): done as the procedure of the company says.",
      category: category, also: [], criteria: criteria, automation: automation,
      nature: "preventive", frequency: "per_event", sources: ["nessus", "hr_roster"],
      population: .init(
        of: "person", where: "terminated_at in period",
        sql: "SELECT person_id AS item, evidence, place FROM person WHERE 1 < 2"),
      completeness: .init(
        text: "Terminations from payroll too.", sql: "SELECT item, difference FROM other",
        counts: nil),
      mode: mode, attributes: attributes, tolerance: .init(), empty: .notOperated,
      maxGapDays: mode == .snapshot ? 8 : nil, requires: [.person], coverage: nil,
      means: "Former staff could still get in.", fix: "Disable now.",
      file: "templates/controls/\(id.prefix { $0 != "-" })/\(id).yaml",
      digest: Digest.sha256("control \(id)"))
  }

  static func slice(
    _ span: Period, _ verdict: Verdict, _ reason: String, population: Int, deviations: Int = 0,
    unknown: Int = 0, waived: Int = 0, of control: Control, items: [ItemResult] = [],
    reconciled: (population: Int, second: Int)? = nil, differences: [Difference] = [],
    coverage: [CoverageSpan]? = nil, incompleteness: [String] = [],
    parameters: [(name: String, key: String, value: String)] = []
  ) -> SliceResult {
    let counts = control.attributes.map { attribute in
      let own = items.filter { $0.attribute == attribute.key }
      let wrong = own.count { $0.result == .false }
      let open = own.count { $0.result == .unknown }
      return AttributeCount(
        attribute: attribute, true: population - wrong - open, false: wrong, unknown: open)
    }
    return SliceResult(
      slice: span, verdict: verdict, reason: reason, population: population,
      deviations: deviations, unknown: unknown, waived: waived, attributes: counts, items: items,
      reconciled: reconciled, differences: differences,
      coverage: coverage ?? [.init(from: span.start, to: span.end, state: .covered)],
      incompleteness: incompleteness, parameters: parameters)
  }

  static let accessAttributes: [Control.Attribute] = [
    .init(key: "A", text: "Account disabled or deleted", expr: "disabled_at IS NOT NULL"),
    .init(key: "B", text: "In time", expr: "disabled_at - terminated_at <= 86400"),
  ]
  static let fixAttributes: [Control.Attribute] = [
    .init(key: "A", text: "Fixed by the deadline", expr: "fixed_at <= deadline"),
    .init(key: "C", text: "Open and not yet due", expr: "fixed_at IS NULL", decides: false),
  ]

  static var conclusions: [Conclusion] {
    let leavers = control(
      "IAM-04", "Leavers' access removed in time", criteria: ["CC6.2", "CC6.3"],
      attributes: accessAttributes)
    let fixes = control(
      "VM-02", "Findings fixed within the severity deadline", criteria: ["CC7.1", "CC7.4"],
      attributes: fixAttributes)
    let review = control(
      "INC-04", "Post-incident review", criteria: ["CC7.5", "CC4.2"], automation: "partial",
      attributes: [.init(key: "A", text: "Review in time", expr: "review_at < due")])
    let logs = control(
      "LOG-01", "Logs reach the store", criteria: ["CC7.2"], mode: .snapshot,
      attributes: [.init(key: "A", text: "Seen within a day", expr: "last_event_at > due")])
    let board = control(
      "GOV-02", "Leadership oversight of security", criteria: ["CC1.2"], mode: .attestation,
      automation: "manual",
      attributes: [
        .init(key: "A", text: "A dated record exists", expr: "made_at IS NOT NULL", attested: true)
      ])
    let office = control(
      "PHY-01", "Doors are locked", criteria: ["CC6.4"],
      attributes: [.init(key: "A", text: "Locked", expr: "locked")])
    let backup = control(
      "BCK-01", "Backups succeed", criteria: ["A1.2"], mode: .occurrence,
      category: .availability,
      attributes: [.init(key: "A", text: "A good backup each day", expr: "status = 'ok'")])
    let first = Period(id: "2026-Q3/1", start: period.start, end: at(2026, 8, 15))
    let second = Period(id: "2026-Q3/2", start: at(2026, 8, 15), end: period.end)
    return [
      Conclusion(
        control: backup, owner: "Kim Doe",
        slices: [
          slice(
            period, .pass, "all 92 items hold", population: 92, of: backup,
            reconciled: (population: 92, second: 92))
        ],
        verdict: .pass, reason: "all 92 items hold", gaps: [], evidence: [4]),
      Conclusion(
        control: board, owner: "Alex Roe",
        slices: [
          slice(
            period, .attestationPending, "1 statement is missing", population: 1, of: board,
            items: [
              .init(
                item: "2026-Q3", attribute: "A", result: .unknown, decides: true, waiver: nil,
                evidence: nil, place: "")
            ])
        ],
        verdict: .attestationPending, reason: "1 statement is missing",
        gaps: [
          .init(
            text: "No statement for the quarter", action: "State it", owner: "Alex Roe",
            due: at(2026, 9, 30), isRecoverable: true)
        ], evidence: []),
      Conclusion(
        control: leavers, owner: "Robin Ashby",
        slices: [
          slice(
            period, .fail, "1 of 4 items deviates", population: 4, deviations: 1, unknown: 1,
            of: leavers,
            items: [
              .init(
                item: "p022|okta", attribute: "B", result: .false, decides: true, waiver: nil,
                evidence: 2, place: "R3"),
              .init(
                item: hostile, attribute: "A", result: .unknown, decides: true, waiver: nil,
                evidence: 2, place: "R4"),
            ],
            reconciled: (population: 4, second: 5),
            differences: [
              .init(
                item: "p031", text: "in payroll, not in the roster",
                explanation: "Left before the system was taken over"),
              .init(item: "p032", text: "in the roster, not in payroll", explanation: nil),
            ],
            parameters: [(name: "deprovision_hours", key: "", value: "24")])
        ],
        verdict: .fail, reason: "1 of 4 items deviates",
        gaps: [
          .init(
            text: "1 account was disabled late", action: "Disable now", owner: "Robin Ashby",
            due: nil, isRecoverable: false)
        ], evidence: [2, 3],
        response: "The account was disabled on 14 July. No sign-in took place. (Robin Ashby)"),
      Conclusion(
        control: review, owner: "Kim Doe",
        slices: [
          slice(
            period, .notOperated, "no incident in the period", population: 0, of: review)
        ],
        verdict: .notOperated, reason: "no incident in the period", gaps: [], evidence: [5]),
      Conclusion(
        control: logs, owner: "Kim Doe",
        slices: [
          slice(
            period, .insufficientEvidence, "21 days without evidence", population: 12, of: logs,
            coverage: [
              .init(from: period.start, to: at(2026, 8, 1), state: .covered),
              .init(from: at(2026, 8, 1), to: at(2026, 8, 22), state: .gap),
              .init(from: at(2026, 8, 22), to: period.end, state: .covered),
            ],
            incompleteness: ["source siem failed on 2026-08-03"])
        ],
        verdict: .insufficientEvidence, reason: "21 days without evidence", gaps: [],
        evidence: [5]),
      Conclusion(
        control: office, owner: "Alex Roe", slices: [], verdict: .notApplicable,
        reason: "No offices of its own", gaps: [], evidence: []),
      Conclusion(
        control: fixes, owner: "Kim Doe",
        slices: [
          slice(
            first, .pass, "1 of 3 items is waived", population: 3, waived: 1, of: fixes,
            items: [
              .init(
                item: "web-01|19506|0", attribute: "A", result: .false, decides: true,
                waiver: "W-1", evidence: 1, place: "L41"),
              .init(
                item: "web-02|20007|443", attribute: "C", result: .false, decides: false,
                waiver: nil, evidence: 1, place: "L57"),
            ],
            parameters: [(name: "vuln_sla_days", key: "high", value: "30")]),
          slice(
            second, .fail, "2 of 5 items deviate", population: 5, deviations: 2, of: fixes,
            items: ["web-01|51192|443", "web-03|20007|443"].map {
              .init(
                item: $0, attribute: "A", result: .false, decides: true, waiver: nil,
                evidence: 1, place: "L88")
            },
            parameters: [(name: "vuln_sla_days", key: "high", value: "14")]),
        ],
        verdict: .fail, reason: "2 of 8 items deviate", gaps: [], evidence: [1]),
    ]
  }

  static var criteria: [CriterionResult] {
    var controls: [String: [Conclusion]] = [:]
    for conclusion in conclusions {
      for id in conclusion.control.criteria { controls[id, default: []].append(conclusion) }
    }
    return Criterion.ids.map { id in
      let category: VouchModel.Category? =
        switch id.prefix(while: \.isLetter) {
        case "A": .availability
        case "C": .confidentiality
        case "PI": .processingIntegrity
        case "P": .privacy
        default: nil
        }
      let own = controls[id] ?? []
      return CriterionResult(
        criterion: Criterion(
          id: id, category: category, title: "What \(id) is about",
          paraphrase: "What \(id) asks for, in our own words.", automatable: "partial",
          technical: "What records show about \(id).", manual: "What a person judges."),
        controls: own.map(\.control.id),
        verdict: Verdict.worst(of: own.map(\.verdict)) ?? .insufficientEvidence,
        isInScope: category == nil || category == .availability)
    }
  }

  /// Name, source and content of the evidence files, in the order of their rows.
  static let files: [(source: String, name: String, format: String, content: String)] = [
    ("nessus", "scan 2026-08-01.nessus", "nessus", "<NessusClientData_v2></NessusClientData_v2>\n"),
    ("hr_roster", "leavers.csv", "table", "person,left\np022,2026-07-10\np031,2026-07-12\n"),
    ("okta", "..übersicht [1].json", "okta-users", "[{\"id\":\"p022\",\"status\":\"ACTIVE\"}]\n"),
    ("backup", "snapshots.json", "restic", "[]\n"),
    ("tracker", "incidents.csv", "table", ""),
  ]

  static var evidence: [EvidenceRow] {
    files.enumerated().map { index, file in
      EvidenceRow(
        evidence: index + 1, digest: Digest.sha256(file.content), size: file.content.utf8.count,
        provenance: Provenance(
          source: file.source, transport: "file", endpoint: "inbox/\(file.name)",
          name: file.name, query: "inbox/*", parameters: ["site": "main", "depth": "2"],
          operator: "robin", host: "collector-1", collector: "vouch 0.1.0",
          collectedAt: at(2026, 10, 1, 6 + index), reportedTotal: index == 1 ? 2 : nil,
          partial: index == 4 ? "page 2 of 3 did not arrive" : nil),
        format: file.format, effectiveAt: index == 0 ? at(2026, 8, 1) : nil,
        coversFrom: index == 1 ? period.start : nil, coversTo: index == 1 ? period.end : nil,
        recordCount: index, reportedTotal: index == 1 ? 2 : nil, isComplete: index != 4)
    }
  }

  static var assessment: Assessment {
    Assessment(
      engagement: engagement, period: period, asOf: period.end, conclusions: conclusions,
      notAdopted: [
        control(
          "CRY-01", "Disks are encrypted", criteria: ["CC6.1"],
          attributes: [.init(key: "A", text: "Encrypted", expr: "encrypted")])
      ],
      criteria: criteria,
      kpis: [
        KPIResult(
          id: "K1", title: "Uptime of a service", method: "Time up in the measured time.",
          sql: "SELECT 1",
          figures: [
            .init(
              id: "K1", subject: "shop", measure: "gross", value: 99.981, unit: "percent",
              target: 99.99, meets: false),
            .init(
              id: "K1", subject: "api", measure: "gross", value: nil, unit: "percent",
              target: 99.99, meets: nil),
          ], note: "no samples for api")
      ],
      evidence: evidence,
      diagnostics: [
        Diagnostic(
          "table.bad-row", .error, at: "evidence/123456789abc#L3", "row 3 has 2 fields of 3",
          why: "the population is incomplete", fix: "export the file again")
      ],
      incomplete: [
        (source: "siem", text: "the server answered 503", criteria: ["CC7.2"])
      ])
  }
}

extension Sample {
  /// Writes the sample's evidence, ledger and records under `folder` and gives the input.
  static func input(
    in folder: URL, assessment: Assessment = Sample.assessment,
    pages: any PageSource = PlainPages(), schemas: String? = nil
  ) throws -> PackageInput {
    let store = folder.appending(path: "store")
    try FileManager.default.createDirectory(at: store, withIntermediateDirectories: true)
    var paths: [Int: String] = [:]
    for (row, file) in zip(evidence, files) {
      let path = store.appending(path: row.digest.hex).path
      try Data(file.content.utf8).write(to: URL(filePath: path))
      paths[row.evidence] = path
    }
    let ledger = store.appending(path: "ledger.jsonl").path
    try Data(Self.ledger.utf8).write(to: URL(filePath: ledger))
    let records = store.appending(path: "records.sqlite").path
    try Data("SQLite format 3\0made up".utf8).write(to: URL(filePath: records))
    let found = paths
    return PackageInput(
      assessment: assessment, check: Array("{\"schema\": \"vouch-check/1\"}\n".utf8),
      evidencePath: { found[$0.evidence] ?? "" }, ledger: ledger, records: records,
      controlsSQL: "SELECT 1;\n", expectedCSV: "control,verdict\n",
      files: [PackageFile(path: "vouch.yaml", text: "organization: Example Shop Inc.\n")]
        + templates(), population: written(in: folder), toolVersion: "0.1.0",
      rulesDigest: Digest.sha256("rules"), pages: pages, schemas: schemas)
  }

  /// The custody ledger of the sample's evidence, chained.
  static var ledger: String {
    var previous = Digest.zero
    var text = ""
    for row in evidence {
      let line =
        "{\"seq\":\(row.evidence),\"prev\":\"\(previous)\",\"kind\":\"preserved\","
        + "\"sha256\":\"\(row.digest)\",\"size\":\(row.size),"
        + "\"source\":\(JSONText.quoted(row.provenance.source)),"
        + "\"name\":\(JSONText.quoted(row.provenance.name)),"
        + "\"collected_at\":\"\(row.provenance.collectedAt)\"}"
      previous = Digest.sha256(line)
      text += line + "\n"
    }
    return text
  }

  /// Shows every item of a control's population: the names of its own columns, then the items.
  typealias PopulationStream =
    @Sendable (
      _ control: Control, _ columns: ([String]) throws -> Void,
      _ row: (PopulationItem) throws -> Void
    ) throws -> Void

  /// Writes populations as they are asked for, as judging does beforehand.
  static func written(
    _ stream: @escaping PopulationStream = population, in folder: URL
  ) -> @Sendable (Conclusion) throws -> WrittenPopulation? {
    { conclusion in
      let path = folder.appending(path: "population-\(conclusion.control.id).csv").path
      try? FileManager.default.removeItem(atPath: path)
      let table = PopulationTable(
        conclusion.control, slices: conclusion.slices.map(\.slice), path: path)
      var keys: [String] = []
      try stream(
        conclusion.control, table.begin,
        { row in
          var row = row
          row.isDeviation = isDeviation(row, conclusion)
          keys.append(row.item)
          try table.row(row)
        })
      return try table.finish { keys }
    }
  }

  private static func isDeviation(_ row: PopulationItem, _ conclusion: Conclusion) -> Bool {
    guard conclusion.slices.indices.contains(row.slice) else { return false }
    let waived = conclusion.slices[row.slice].items.filter { $0.waiver != nil }
    return zip(conclusion.control.attributes, row.results).contains { attribute, result in
      result == .false && attribute.decides && !attribute.attested
        && !waived.contains { $0.item == row.item && $0.attribute == attribute.key }
    }
  }

  /// Streams a population that agrees with the sample's counts.
  static let population: PopulationStream = { control, columns, row in
    guard let conclusion = conclusions.first(where: { $0.control.id == control.id }),
      !conclusion.slices.isEmpty
    else { return }
    try columns(["severity", "first_seen", "score", "note"])
    for (index, slice) in conclusion.slices.enumerated() {
      let listed = Dictionary(grouping: slice.items, by: \.item)
      for number in 0..<max(0, slice.population - listed.count) {
        try row(
          PopulationItem(
            slice: index, item: "item-\(number)", evidence: conclusion.evidence.first,
            place: "R\(number + 1)", results: control.attributes.map { _ in .true },
            values: [.integer(Int64(number)), .text(period.start.iso8601), .real(7.5), .null],
            isDeviation: false))
      }
      for (item, results) in listed.sorted(by: { $0.key < $1.key }) {
        try row(
          PopulationItem(
            slice: index, item: item, evidence: results.first?.evidence ?? nil,
            place: results.first?.place ?? "",
            results: control.attributes.map { attribute in
              results.first { $0.attribute == attribute.key }?.result ?? .true
            }, values: [.null, .text("-5"), .real(-1.5), .text(hostile)], isDeviation: false))
      }
    }
  }

  /// Folder of the package, three levels above this file.
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The package templates of the repository, as files in force.
  static func templates() -> [PackageFile] {
    let top = root.appending(path: "templates/packages")
    let names = FileManager.default.enumerator(atPath: top.path)?.compactMap { $0 as? String }
    return (names ?? []).sorted().compactMap { name in
      let path = top.appending(path: name)
      guard let data = try? Data(contentsOf: path)
      else { return nil }
      return PackageFile(path: "templates/packages/\(name)", bytes: Array(data))
    }
  }

  /// A folder of its own for one test, removed when the test is over.
  static func withFolder<T>(_ body: (URL) throws -> T) throws -> T {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "vouch-packages-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }
}

/// Two pages without any layout, for tests that are not about pages.
struct PlainPages: PageSource {
  func pages(of input: PackageInput, deliver: (PackageFile) throws -> Void) throws {
    try deliver(PackageFile(path: "START-HERE.html", text: "<!doctype html><title>Start</title>\n"))
    try deliver(
      PackageFile(path: "data/index.html", text: "<!doctype html><title>Index</title>\n"))
  }
}

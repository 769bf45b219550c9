import VouchModel

/// The tables of a package, from one assessment.
struct Workpapers {
  let input: PackageInput
  private let files: [Int: EvidenceRow]
  private let waivers: [String: Engagement.Waiver]

  private var assessment: Assessment { input.assessment }

  init(_ input: PackageInput) {
    self.input = input
    files = Dictionary(
      input.assessment.evidence.map { ($0.evidence, $0) }, uniquingKeysWith: { first, _ in first })
    waivers = Dictionary(
      input.assessment.engagement.waivers.map { ($0.id, $0) },
      uniquingKeysWith: { first, _ in first })
  }

  /// A file of the package as seen from `data/workpapers/`.
  static func relative(_ path: String) -> String {
    let own = "data/workpapers/"
    return path.hasPrefix(own) ? String(path.dropFirst(own.count)) : "../" + path.dropFirst(5)
  }

  private func control(_ id: String) -> Cell {
    .link(id, to: Self.relative(PackageLayout.page(id)))
  }

  private func file(_ row: EvidenceRow) -> Cell {
    let path = PackageLayout.evidence(row)
    return .link(path, to: Self.relative(path))
  }

  // MARK: Controls

  /// One row a control as a report's section 4 has it; the auditor's columns stay empty.
  var controlMatrix: Table {
    Table(
      name: "Control matrix", path: PackageLayout.controlMatrix,
      columns: [
        .init("Control", 10), .init("Title", 32), .init("Control activity", 60),
        .init("Criteria", 16), .init("Category", 16), .init("Also supports", 16),
        .init("Owner", 18), .init("Nature", 12), .init("Frequency", 12), .init("Automation", 12),
        .init("Management's evaluation procedure", 48), .init("Attributes", 48),
        .init("Population of", 24), .init("Population where", 36), .init("Held against", 36),
        .init("Population", 12), .init("Population SHA-256", 20), .init("Second source", 12),
        .init("Differences", 12),
        .init("Not explained", 12), .init("Deviations", 12), .init("Unknown", 12),
        .init("Waived", 12), .init("Tolerance", 12), .init("Management's result", 22),
        .init("Reason", 40), .init("Evidence numbers", 18), .init("Management's response", 48),
        .init("Rule file", 30), .init("Rule SHA-256", 20), .init("Auditor's test", 30),
        .init("Auditor's result", 30), .init("Auditor's reference", 18),
      ],
      rows: { row in for conclusion in assessment.conclusions { try row(matrix(conclusion)) } })
  }

  private func matrix(_ conclusion: Conclusion) -> [Cell] {
    let control = conclusion.control
    let differences = conclusion.differences
    let second = conclusion.slices.compactMap { $0.reconciled?.second }
    let own =
      assessment.engagement.adoptions.first { $0.control == control.id }?.activity ?? ""
    return [
      self.control(control.id), .text(control.title),
      .text(own.isEmpty ? control.activity : own),
      .text(control.criteria.joined(separator: ", ")), .text(control.category.title),
      .text(control.also.map(\.title).joined(separator: ", ")), .text(conclusion.owner),
      .text(control.nature), .text(control.frequency), .text(control.automation),
      .text(Self.procedure(control)),
      .text(
        control.attributes.map {
          "\($0.key). \($0.text)\($0.decides ? "" : " (for information)")"
        }.joined(separator: "\n")),
      .text(control.population.of), .text(control.population.where),
      .text(control.completeness.text), .integer(conclusion.population),
      .text(input.populationDigests[control.id]?.hex ?? ""),
      second.isEmpty ? .empty : .integer(second.reduce(0, +)), .integer(differences.count),
      .integer(differences.count { $0.explanation == nil }), .integer(conclusion.deviations),
      .integer(conclusion.unknown), .integer(conclusion.waived), .text(control.tolerance.text),
      .text(conclusion.verdict.words), .text(conclusion.reason),
      .text(NumberRanges(conclusion.evidence).text), .text(conclusion.response),
      .text(control.file), .text(control.digest.hex), .empty, .empty, .empty,
    ]
  }

  /// How management evaluated, in a sentence.
  static func procedure(_ control: Control) -> String {
    switch control.mode {
    case .fullPopulation: "Every item of the population was evaluated on each attribute."
    case .occurrence: "Each due interval of the period was evaluated on each attribute."
    case .snapshot:
      "The state at each snapshot was evaluated on each attribute; snapshots cover the period."
    case .attestation: "A named person stated the facts and attached the document."
    }
  }

  /// Every item that is false or unknown, waived ones too.
  var deviations: Table {
    Table(
      name: "Deviations", path: PackageLayout.deviations,
      columns: [
        .init("Control", 10), .init("Title", 32), .init("Item", 40), .init("Attribute", 10),
        .init("Attribute text", 40), .init("Result", 10), .init("Decides", 10),
        .init("Waiver", 10), .init("Waiver approver", 18), .init("Waiver expires", 20),
        .init("Owner", 18), .init("From", 20), .init("To", 20), .init("Evidence number", 10),
        .init("Evidence file", 48), .init("Place", 14), .init("Management's response", 48),
      ],
      rows: { row in
        for conclusion in assessment.conclusions {
          let texts = Dictionary(
            conclusion.control.attributes.map { ($0.key, $0.text) },
            uniquingKeysWith: { first, _ in first })
          for slice in conclusion.slices {
            for item in slice.items {
              try row(deviation(item, slice.slice, conclusion, texts))
            }
          }
        }
      })
  }

  private func deviation(
    _ item: ItemResult, _ slice: Period, _ conclusion: Conclusion, _ texts: [String: String]
  ) -> [Cell] {
    let waiver = item.waiver.flatMap { waivers[$0] }
    let row = item.evidence.flatMap { files[$0] }
    return [
      control(conclusion.control.id), .text(conclusion.control.title), .text(item.item),
      .text(item.attribute), .text(texts[item.attribute] ?? ""), .text(item.result.rawValue),
      .flag(item.decides), .text(item.waiver ?? ""), .text(waiver?.approver ?? ""),
      Cell(waiver?.expiresAt), .text(conclusion.owner), .instant(slice.start),
      .instant(slice.end), Cell(item.evidence), row.map(file) ?? .empty, .text(item.place),
      .text(conclusion.response),
    ]
  }

  // MARK: Figures and evidence

  var kpis: Table {
    Table(
      name: "KPIs", path: PackageLayout.kpis,
      columns: [
        .init("KPI", 8), .init("Title", 32), .init("Subject", 24), .init("Measure", 18),
        .init("Value", 14), .init("Unit", 12), .init("Target", 14), .init("Meets", 10),
        .init("Note", 40), .init("Method", 60),
      ],
      rows: { row in
        for kpi in assessment.kpis {
          for figure in kpi.figures {
            try row([
              .text(kpi.id), .text(kpi.title), .text(figure.subject), .text(figure.measure),
              Cell(figure.value), .text(figure.unit), Cell(figure.target), Cell(figure.meets),
              .text(kpi.note), .text(kpi.method),
            ])
          }
          if kpi.figures.isEmpty {
            try row(
              [.text(kpi.id), .text(kpi.title)] + [Cell](repeating: .empty, count: 6)
                + [.text(kpi.note), .text(kpi.method)])
          }
        }
      })
  }

  /// Each preserved file with everything an auditor asks about it.
  var evidenceIndex: Table {
    let users = Self.users(assessment.conclusions)
    return Table(
      name: "Evidence", path: PackageLayout.evidenceIndex,
      columns: [
        .init("Number", 8), .init("Source", 18), .init("Name", 32), .init("File", 48),
        .init("SHA-256", 20), .init("Size", 12), .init("Format", 16), .init("Transport", 10),
        .init("Endpoint", 40), .init("Query", 40), .init("Parameters", 24),
        .init("Operator", 14), .init("Host", 14), .init("Collector", 14),
        .init("Collected at", 20), .init("Received at", 20), .init("Effective at", 20),
        .init("Covers from", 20), .init("Covers to", 20), .init("Records", 10),
        .init("Reported total", 10), .init("Page", 8), .init("Last page", 8),
        .init("Listing", 16), .init("Complete", 10), .init("Why not complete", 32),
        .init("Used by", 32),
      ],
      rows: { row in
        for item in assessment.evidence { try row(evidence(item, users[item.evidence] ?? [])) }
      })
  }

  private func evidence(_ row: EvidenceRow, _ users: [String]) -> [Cell] {
    let provenance = row.provenance
    let parameters = provenance.parameters.sorted { $0.key < $1.key }
      .map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
    return [
      .integer(row.evidence), .text(provenance.source), .text(provenance.name), file(row),
      .text(row.digest.hex), .integer(row.size), .text(row.format), .text(provenance.transport),
      .text(provenance.endpoint), .text(provenance.query), .text(parameters),
      .text(provenance.operator), .text(provenance.host), .text(provenance.collector),
      .instant(provenance.collectedAt), Cell(provenance.receivedAt), Cell(row.effectiveAt),
      Cell(row.coversFrom), Cell(row.coversTo), .integer(row.recordCount),
      Cell(row.reportedTotal), Cell(provenance.page),
      provenance.page == nil ? .empty : .flag(provenance.isLastPage),
      .text(provenance.listing ?? ""), .flag(row.isComplete), .text(provenance.partial ?? ""),
      .text(Self.short(users)),
    ]
  }

  /// By number of evidence, the controls that used it.
  private static func users(_ conclusions: [Conclusion]) -> [Int: [String]] {
    var users: [Int: [String]] = [:]
    for conclusion in conclusions {
      for number in conclusion.evidence { users[number, default: []].append(conclusion.control.id) }
    }
    return users
  }

  /// A list for people: long ones end with how many more there are.
  private static func short(_ ids: [String], limit: Int = 50) -> String {
    let shown = ids.prefix(limit).joined(separator: ", ")
    return ids.count > limit ? "\(shown) and \(ids.count - limit) more" : shown
  }
}

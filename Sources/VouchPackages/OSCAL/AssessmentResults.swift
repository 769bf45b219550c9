import VouchModel

/// Writes `assessment-results.xml`: what was collected, evaluated and found.
///
/// Head and metadata are a template. Observations, risks, findings and resources stream through
/// ``XMLWriter``: as a template, ten thousand observations would take several times the time
/// that the whole document, validated, may take.
final class AssessmentResults {
  /// With more deviations than this a control gets one risk; the rows stay in deviations.csv.
  static let riskLimit = 1000
  /// With more evidence than this an observation names the evidence index instead of each file.
  static let evidenceLimit = 100

  let context: OSCALContext
  let files: [String: BagWriter.Entry]
  let populations: [String: PopulationSummary]
  let rows: [Int: EvidenceRow]
  /// By row of evidence, the identifier of its file.
  private let resources: [Int: String]
  let tool: String
  let controls: [Evaluated]
  private(set) var observations = 0

  /// A control with what it is called in this document.
  struct Evaluated {
    let conclusion: Conclusion
    let token: String
    let task: String
    let procedure: Procedure
    let components: [String]
    let slices: [(result: SliceResult, observation: String)]
  }

  /// - Parameters:
  ///   - files: what the package holds so far, for digests and sizes.
  ///   - populations: by control, what its population's CSV holds.
  init(
    _ context: OSCALContext, files: [String: BagWriter.Entry],
    populations: [String: PopulationSummary]
  ) {
    self.context = context
    self.files = files
    self.populations = populations
    rows = Dictionary(
      context.assessment.evidence.map { ($0.evidence, $0) }, uniquingKeysWith: { first, _ in first }
    )
    resources = rows.mapValues { context.resource(PackageLayout.evidence($0)) }
    tool = context.tool
    controls = context.included.map { Self.evaluated($0, context) }
  }

  private static func evaluated(_ conclusion: Conclusion, _ context: OSCALContext) -> Evaluated {
    let token = OSCALContext.token(conclusion.control.id)
    let slices = conclusion.slicesOrWhole(of: context.assessment.period)
    let ids = context.identifiers
    return Evaluated(
      conclusion: conclusion, token: token, task: context.task(token),
      procedure: Procedure(conclusion.control),
      components: context.subjects(conclusion),
      slices: slices.map { slice in
        let uuid =
          slices.count == 1
          ? ids.uuid("observation", token)
          : ids.uuid("observation", token, slice.slice.start.iso8601)
        return (slice, uuid)
      })
  }

  func write(to sink: any ByteSink) throws {
    let short = XMLWriter(sink, indentation: 4)
    let list = XMLWriter(sink, indentation: 2)
    let resources = XMLWriter(sink, indentation: 2)
    try context.templates.render(
      "assessment-results.xml", values(),
      lists: [
        ("included", { [self] in try each(short) { $1.included($0.token) } }),
        ("tasks", { [self] in try each(short) { $1.task($0.task) } }),
        ("observations", { [self] in try each(list, observations) }),
        ("risks", { [self] in try each(list, risks) }),
        ("findings", { [self] in try each(list, finding) }),
        ("resources", { [self] in try resourceList(resources) }),
      ], to: sink)
    context.replaced += list.replaced + resources.replaced
  }

  private func each(
    _ list: XMLWriter, _ body: (Evaluated, XMLWriter) throws -> Void
  ) throws {
    for control in controls { try body(control, list) }
    try list.flush()
  }

  private func values() -> [String: Any] {
    let assessment = context.assessment
    var values = context.values(document: "assessment-results")
    values["result_uuid"] = context.identifiers.uuid("result", "main")
    values["log_uuid"] = context.identifiers.uuid("log", "collect")
    values["count"] = String(controls.count)
    values["categories"] = assessment.engagement.categories.map { $0.title.lowercased() }
      .joined(separator: ", ")
    values["collection_start"] = context.collection.start.iso8601
    values["collection_end"] = context.collection.end.iso8601
    values["is_complete"] = assessment.incomplete.isEmpty
    values["has_remarks"] = !assessment.incomplete.isEmpty
    values["incomplete"] = assessment.incomplete.map {
      [
        "source": context.line($0.source), "text": context.line($0.text),
        "criteria": context.line($0.criteria.joined(separator: ", "), or: "none"),
      ]
    }
    return values
  }

  // MARK: Observations

  private func observations(of evaluated: Evaluated, _ xml: XMLWriter) throws {
    for (index, slice) in evaluated.slices.enumerated() {
      observations += 1
      try xml.element("observation") {
        xml.attribute("uuid", slice.observation)
        try observation(evaluated, index, slice.result, xml)
      }
    }
  }

  private func observation(
    _ evaluated: Evaluated, _ index: Int, _ slice: SliceResult, _ xml: XMLWriter
  ) throws {
    let conclusion = evaluated.conclusion
    let span =
      evaluated.slices.count == 1
      ? "" : ", \(slice.slice.start.iso8601) to \(slice.slice.end.iso8601)"
    xml.element("title", text: "\(conclusion.control.id)\(span): \(slice.reason)", as: .line)
    try xml.markup("description", Self.description(conclusion.control, slice))
    xml.prop("control", evaluated.token)
    xml.prop("verdict", slice.verdict.rawValue)
    xml.prop("mode", conclusion.control.mode.rawValue)
    xml.prop("population-size", String(slice.population))
    xml.prop("tested-count", String(slice.population - slice.unknown))
    xml.prop("exception-count", String(slice.deviations))
    xml.element("method", text: evaluated.procedure.method)
    xml.element("type", text: "control-objective")
    try origin(xml, task: evaluated.task)
    for component in evaluated.components {
      xml.element("subject", ["subject-uuid": component, "type": "component"])
    }
    try evidence(evaluated, index, xml)
    let collected = conclusion.evidence.compactMap { rows[$0]?.provenance.collectedAt }.max()
    xml.element("collected", text: (collected ?? context.assessment.asOf).iso8601)
    let remarks = slice.incompleteness + Self.differences(slice)
    if !remarks.isEmpty { try xml.markup("remarks", remarks) }
  }

  private static func description(_ control: Control, _ slice: SliceResult) -> [String] {
    var lines = [
      "Items of \(control.population.of) evaluated: \(slice.population). Deviations: \(slice.deviations). Unknown: \(slice.unknown). Waived: \(slice.waived)."
    ]
    if let counts = slice.reconciled {
      lines.append(
        "Population \(counts.population), second source \(counts.second), \(slice.differences.count) differences."
      )
    }
    for parameter in slice.parameters {
      let key = parameter.key.isEmpty ? "" : " \(parameter.key)"
      lines.append("In force: \(parameter.name)\(key) = \(parameter.value)")
    }
    return lines
  }

  private static func differences(_ slice: SliceResult) -> [String] {
    slice.differences.prefix(20).map { difference in
      let reason = difference.explanation.map { "explained: \($0)" } ?? "not explained"
      return "Difference \(difference.item): \(difference.text); \(reason)"
    }
  }

  func origin(_ xml: XMLWriter, task: String? = nil) throws {
    try xml.element("origin") {
      xml.element("actor", ["type": "tool", "actor-uuid": tool])
      if let task { xml.task(task) }
    }
  }

  private func evidence(_ evaluated: Evaluated, _ index: Int, _ xml: XMLWriter) throws {
    let control = evaluated.conclusion.control
    let path = PackageLayout.population(control.id)
    if let population = populations[control.id], files[path] != nil {
      try relevant(
        context.resource(path), "The frozen population with the result of each item.",
        role: "population", rows: population.exceptionRows(ofSlice: index), xml)
    }
    let role =
      switch control.mode {
      case .attestation: "attestation"
      case .snapshot: "configuration"
      case .fullPopulation, .occurrence: "population"
      }
    let evidence = evaluated.conclusion.evidence
    if evidence.count > Self.evidenceLimit {
      try relevant(
        context.resource(PackageLayout.evidenceIndex),
        "\(evidence.count) files; numbers \(NumberRanges(evidence).text) of the evidence index.",
        role: role, xml)
      return
    }
    var named: Set<String> = []
    for number in evidence {
      guard let row = rows[number], let resource = resources[number],
        named.insert(resource).inserted
      else { continue }
      try relevant(
        resource, "Export of \(row.provenance.source): \(row.provenance.name)", role: role, xml)
    }
  }

  private func relevant(
    _ resource: String, _ text: String, role: String, rows: [Int] = [], _ xml: XMLWriter
  ) throws {
    try xml.element("relevant-evidence") {
      xml.attribute("href", "#\(resource)")
      try xml.markup("description", [text])
      xml.prop("role", role)
      for row in rows { xml.prop("exception-row", String(row)) }
    }
  }
}

extension Conclusion {
  /// The slices, or one over the whole period for a control that could not be evaluated at all.
  func slicesOrWhole(of period: Period) -> [SliceResult] {
    if !slices.isEmpty { return slices }
    return [
      SliceResult(
        slice: period, verdict: verdict, reason: reason, population: 0, deviations: 0, unknown: 0,
        waived: 0, attributes: [], items: [], reconciled: nil, differences: [], coverage: [],
        incompleteness: [], parameters: [])
    ]
  }
}

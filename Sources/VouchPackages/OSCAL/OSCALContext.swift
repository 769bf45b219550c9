import VouchModel

/// What the OSCAL documents of one package share: identifiers, and texts ready for a template.
final class OSCALContext {
  let input: PackageInput
  let identifiers: OSCALIdentifiers
  let templates: XMLTemplates
  /// Changes when the content does; the last part of a document's identifier.
  let revision: String
  /// Characters that XML does not allow and that were replaced.
  var replaced = 0
  private let sources: [Int: String]

  var assessment: Assessment { input.assessment }
  /// The controls that were evaluated, and those that are scoped out.
  let included: [Conclusion]
  let excluded: [Conclusion]

  init(_ input: PackageInput, ledger: Digest) throws {
    self.input = input
    identifiers = OSCALIdentifiers(engagement: PackageLayout.name(of: input.assessment))
    templates = try XMLTemplates(input.files)
    revision = Self.revision(input, ledger: ledger)
    included = input.assessment.conclusions.filter { $0.verdict != .notApplicable }
    excluded = input.assessment.conclusions.filter { $0.verdict == .notApplicable }
    sources = Dictionary(
      input.assessment.evidence.map { ($0.evidence, $0.provenance.source) },
      uniquingKeysWith: { first, _ in first })
  }

  private static func revision(_ input: PackageInput, ledger: Digest) -> String {
    var parts = [
      Digest.sha256(input.check).hex, ledger.hex, input.rulesDigest.hex, input.toolVersion,
    ]
    // The configuration and the templates of these documents; the rules have a digest of their own.
    for file in input.files
    where !file.path.hasPrefix("templates/") || file.path.hasPrefix(XMLTemplates.folder) {
      parts += [file.path, Digest.sha256(file.bytes).hex]
    }
    return Digest.sha256(parts.joined(separator: "\n")).short
  }

  // MARK: Texts

  /// One line, escaped; never empty.
  func line(_ text: String, or other: String = "(not stated)") -> String {
    let line = XMLText.escaped(text, as: .line, replaced: &replaced)
    return line.isEmpty ? other : line
  }

  /// A paragraph for each line of a text; at least one.
  func paragraphs(_ text: String, or other: String = "(not stated)") -> [String] {
    let lines = Self.lines(text).map { line($0) }
    return lines.isEmpty ? [other] : lines
  }

  /// The lines of a text that are not empty.
  static func lines(_ text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).map(String.init).filter { !XMLText.isBlank($0) }
  }

  // MARK: Things that several documents name

  var tool: String { identifiers.uuid("component", "vouch") }
  var system: String { identifiers.uuid("component", "system") }
  var organization: String { identifiers.uuid("party", "service-organization") }
  func source(_ name: String) -> String { identifiers.uuid("component", "source", name) }
  func task(_ control: String) -> String { identifiers.uuid("task", control) }
  func resource(_ path: String) -> String { identifiers.uuid("resource", path) }

  /// The components a control's evidence came from; the system when there is no evidence.
  func subjects(_ conclusion: Conclusion) -> [String] {
    let names = Set(conclusion.evidence.compactMap { sources[$0] }).sorted()
    return names.isEmpty ? [system] : names.map(source)
  }

  /// When the first and the last evidence was collected; `as_of` when there is none.
  var collection: (start: Instant, end: Instant) {
    let times = assessment.evidence.map(\.provenance.collectedAt)
    return (times.min() ?? assessment.asOf, times.max() ?? assessment.asOf)
  }

  /// Values of every document's metadata, and of what is scoped out.
  func values(document: String) -> [String: Any] {
    let engagement = assessment.engagement
    var values: [String: Any] = [
      "uuid": identifiers.uuid("document", document, revision),
      "last_modified": max(assessment.asOf, collection.end).iso8601,
      "version": revision, "oscal_version": OSCAL.version, "ns": OSCAL.namespace,
      "organization": line(engagement.organization), "organization_uuid": organization,
      "period": "period \(line(assessment.period.id))",
      "period_start": assessment.period.start.iso8601,
      "period_end": assessment.period.end.iso8601,
      "has_included": !included.isEmpty, "excluded": excluded.map(control),
      "has_excluded": !excluded.isEmpty,
    ]
    if !XMLText.isBlank(engagement.preparedBy) {
      values["preparer"] = [
        "uuid": identifiers.uuid("party", "preparer"), "name": line(engagement.preparedBy),
      ]
    }
    if !XMLText.isBlank(engagement.preparedFor) {
      values["auditor"] = [
        "uuid": identifiers.uuid("party", "service-auditor"), "name": line(engagement.preparedFor),
      ]
    }
    return values
  }

  /// Values of one control.
  func control(_ conclusion: Conclusion) -> [String: Any] {
    let control = conclusion.control
    let procedure = Procedure(control)
    let token = Self.token(control.id)
    return [
      "token": token, "label": line(control.id), "title": line(control.title),
      "reason": line(conclusion.reason), "activity_uuid": identifiers.uuid("activity", token),
      "task_uuid": task(token), "method": procedure.method, "nature": procedure.nature,
      "population": line(
        control.population.where.isEmpty
          ? control.population.of : "\(control.population.of): \(control.population.where)"),
      "completeness": line(control.completeness.text), "subjects": subjects(conclusion),
    ]
  }

  /// `iam-04`, the token that stands for a control.
  static func token(_ control: String) -> String { XMLText.token(control.lowercased()) }
}

/// How a control is evaluated, in OSCAL's words and in SOC 2's.
struct Procedure {
  /// TEST, EXAMINE or INTERVIEW.
  let method: String
  /// reperformance, inspection or inquiry.
  let nature: String

  init(_ control: Control) {
    switch control.mode {
    case .attestation: (method, nature) = ("INTERVIEW", "inquiry")
    case .fullPopulation where control.automation == "full":
      (method, nature) = ("TEST", "reperformance")
    case .fullPopulation, .occurrence, .snapshot: (method, nature) = ("EXAMINE", "inspection")
    }
  }
}

import VouchModel

/// Whether the OSCAL documents keep OSCAL's rules and everything they refer to is there.
///
/// No independent validator checks all of this (formats, OSCAL 10), and a result that refers to
/// an observation that is not there has been called valid.
struct OSCALCheck {
  private let context: Context
  private let documents: [OSCALDocument.Kind: OSCALDocument]
  private var check = Check("oscal", "Every reference in the OSCAL documents leads somewhere")

  static func run(_ context: Context, _ documents: [OSCALDocument.Kind: OSCALDocument]) -> Check {
    var run = OSCALCheck(context: context, documents: documents)
    for kind in OSCALDocument.Kind.allCases {
      if let document = documents[kind] { run.examine(document) }
    }
    if let results = documents[.assessmentResults] { run.compareResults(results) }
    run.check.note = "\(documents.values.reduce(0) { $0 + $1.references.count }) references"
    return documents.isEmpty
      ? run.check.skipping("no OSCAL document could be read") : run.check.sorted()
  }

  private init(context: Context, documents: [OSCALDocument.Kind: OSCALDocument]) {
    self.context = context
    self.documents = documents
  }

  private mutating func find(
    _ id: String, _ document: OSCALDocument, _ line: Int, _ text: String,
    expected: String? = nil, actual: String? = nil
  ) {
    check.find(
      id, "\(document.kind.path):\(line)", text, expected: expected, actual: actual)
  }

  private mutating func examine(_ document: OSCALDocument) {
    for fault in document.faults { find(fault.id, document, fault.line, fault.text) }
    for reference in document.references { resolve(reference, in: document) }
    for address in document.addresses { resolve(address, in: document) }
    for file in document.files { compare(file, in: document) }
  }

  // MARK: References

  /// What a reference may lead to: the document itself, and of the results the plan too.
  private mutating func resolve(_ reference: OSCALDocument.Reference, in document: OSCALDocument) {
    if reference.to == ["role"] {
      if document.ids[reference.value]?.element != "role" {
        find("role", document, reference.line, "\(reference.from) names a role that is not there")
      }
      return
    }
    var definition = document.uuids[reference.value]
    if definition == nil, document.kind == .assessmentResults {
      definition = documents[.assessmentPlan]?.uuids[reference.value]
    }
    guard let definition else {
      find(
        "dangling", document, reference.line, "\(reference.from) leads to nothing",
        actual: reference.value)
      return
    }
    if !reference.to.isEmpty, !reference.to.contains(definition.element) {
      find(
        "kind", document, reference.line, "\(reference.from) leads to something else",
        expected: reference.to.sorted().joined(separator: " or "), actual: definition.element)
    }
  }

  private mutating func resolve(_ address: OSCALDocument.Address, in document: OSCALDocument) {
    let line = address.line
    if address.href.hasPrefix("#") {
      let id = String(address.href.dropFirst())
      let definition = document.uuids[id] ?? document.ids[id]
      let isResource = definition?.element == "resource"
      if definition == nil || (address.from == "relevant-evidence" && !isResource) {
        find("dangling", document, line, "\(address.from)/@href leads to nothing", actual: id)
      }
      return
    }
    if scheme(of: address.href) != nil {
      if address.from != "link" {
        find("outside", document, line, "\(address.from)/@href leads out of the package")
      }
      return
    }
    let parts = address.href.split(separator: "#", maxSplits: 1)
    guard let target = parts.first.flatMap({ file($0, of: document) }), context.package.has(target)
    else {
      find(
        "dangling", document, line, "\(address.from)/@href leads to no file of the package",
        actual: address.href)
      return
    }
    guard parts.count == 2, let id = percentDecoded(parts[1]),
      let other = documents.values.first(where: { $0.kind.path == target })
    else { return }
    if other.ids[id] == nil, other.uuids[id] == nil {
      find(
        "dangling", document, line, "\(address.from)/@href names nothing in \(target)", actual: id)
    }
  }

  private func file(_ href: Substring, of document: OSCALDocument) -> BagPath? {
    percentDecoded(href).flatMap { document.kind.path.resolving($0) }
  }

  private mutating func compare(_ file: OSCALDocument.File, in document: OSCALDocument) {
    guard let path = self.file(file.href[...], of: document), let facts = context.facts[path],
      let digest = facts.digest
    else { return }
    if let said = file.hashes["SHA-256"], said != digest.hex {
      find(
        "digest", document, file.line, "has another digest for \(path) than the file",
        expected: said, actual: digest.hex)
    }
    if let said = file.size, said != String(facts.size) {
      find(
        "size", document, file.line, "has another size for \(path) than the file",
        expected: said, actual: String(facts.size))
    }
  }

  // MARK: Results

  /// Controls, observations and findings of the results against each other, the catalogue and
  /// `data/check.json` (formats, OSCAL 3).
  private mutating func compareResults(_ results: OSCALDocument) {
    let catalogue = documents[.controlsCatalog]?.ids ?? [:]
    for (id, line) in results.included.merging(results.excluded, uniquingKeysWith: { a, _ in a })
    where catalogue[id]?.element != "control" {
      find("control", results, line, "selects a control '\(id)' that the catalogue does not have")
    }
    var byControl: [String: [OSCALDocument.Observation]] = [:]
    for observation in results.observations {
      byControl[observation.props["control"] ?? "", default: []].append(observation)
      if results.included[observation.props["control"] ?? ""] == nil {
        find("control", results, observation.line, "observes a control that is not selected")
      }
    }
    var found: [String: [OSCALDocument.Finding]] = [:]
    for finding in results.findings {
      for uuid in finding.observations { found[uuid, default: []].append(finding) }
    }
    for finding in results.findings where catalogue[finding.target]?.element != "part" {
      find("target", results, finding.line, "the finding's target is not in the catalogue")
    }
    for (id, line) in results.included {
      let observations = byControl[id] ?? []
      if observations.isEmpty {
        find("unobserved", results, line, "selects '\(id)' and has no observation of it")
      }
      for observation in observations {
        compare(observation, with: found[observation.uuid] ?? [], in: results)
      }
    }
    compareStates(results, byControl)
    compareWithCheck(results, byControl)
  }

  private mutating func compare(
    _ observation: OSCALDocument.Observation, with findings: [OSCALDocument.Finding],
    in results: OSCALDocument
  ) {
    let verdict = observation.props["verdict"] ?? ""
    if Verdict(rawValue: verdict) == nil {
      find("verdict", results, observation.line, "has no verdict, or one that does not exist")
    }
    let isFound = !findings.isEmpty
    if verdict == Verdict.notOperated.rawValue, isFound {
      find("finding", results, observation.line, "did not operate, and yet there is a finding")
    }
    if verdict != Verdict.notOperated.rawValue, !isFound {
      find("finding", results, observation.line, "has no finding")
    }
  }

  /// A finding about a control whose period was split speaks about all its observations: the
  /// worst of them decides.
  private mutating func compareStates(
    _ results: OSCALDocument, _ byControl: [String: [OSCALDocument.Observation]]
  ) {
    var verdicts: [String: Verdict] = [:]
    for observation in byControl.values.joined() {
      verdicts[observation.uuid] = observation.props["verdict"].flatMap(Verdict.init)
    }
    for finding in results.findings {
      guard let worst = Verdict.worst(of: finding.observations.compactMap { verdicts[$0] }),
        (finding.state == "satisfied") != (worst == .pass)
      else { continue }
      find(
        "state", results, finding.line, "the finding's state is not that of the verdict",
        expected: worst.rawValue, actual: finding.state)
    }
  }

  private mutating func compareWithCheck(
    _ results: OSCALDocument, _ observations: [String: [OSCALDocument.Observation]]
  ) {
    guard let document = context.check else { return }
    let listed = Set(document.controls.map { $0.id.lowercased() })
    let selected = Set(results.included.keys).union(results.excluded.keys)
    for id in listed.symmetricDifference(selected).sorted() {
      find(
        "control", results, results.included[id] ?? 1,
        "'\(id)' is in only one of this document and data/check.json")
    }
    for control in document.controls {
      let slices = observations[control.id.lowercased()] ?? []
      guard !slices.isEmpty else { continue }
      if slices.count == 1, let verdict = slices[0].props["verdict"], verdict != control.verdict {
        find(
          "check", results, slices[0].line, "the verdict of \(control.id) is not data/check.json's",
          expected: control.verdict, actual: verdict)
      }
      for (prop, expected) in [
        ("population-size", control.population), ("exception-count", control.deviations),
      ] {
        let sum = slices.reduce(0) { $0 + (Int($1.props[prop] ?? "") ?? 0) }
        if sum != expected {
          find(
            "check", results, slices[0].line,
            "the \(prop) of \(control.id) is not data/check.json's",
            expected: String(expected), actual: String(sum))
        }
      }
    }
  }
}

import VouchModel

/// Reads the vulnerabilities of a CycloneDX bill of materials, JSON or XML, from 1.1 with the
/// vulnerability extension to 1.6.
///
/// A bill without vulnerabilities is an inventory, not a scan that found nothing.
enum CycloneDXCollector: Collector {
  static let format = "cyclonedx"
  static let summary = "CycloneDX bill of materials with vulnerabilities, JSON or XML"
  static let gives: [RecordType] = [.scan, .scan_host, .finding, .host_sighting]

  static func recognises(_ head: Head) -> Bool {
    if head.xmlRoot == "bom" { return head.text.contains("cyclonedx.org/schema/bom") }
    return head.jsonBeginning["bomFormat"].text == "CycloneDX"
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    let head = Head(raw: try item.head(), name: item.provenance.name)
    if head.xmlRoot != nil {
      try CycloneDXXML.read(item, into: reading)
    } else {
      try readJSON(item, into: reading)
    }
  }

  private static func readJSON(_ item: EvidenceItem, into reading: Reading) throws {
    var bill: BillOfMaterials?
    try item.json(format: format, each: ["vulnerabilities/*"], reading) { rest in
      guard rest.has("vulnerabilities") else {
        reading.diagnose(.inventoryOnly(at: item.label))
        return false
      }
      let subject = rest.at("metadata", "component")
      let made = BillOfMaterials(
        reading, subject: subject["name"].text, isImage: subject["type"].text == "container",
        serial: rest["serialNumber"].text, time: rest.at("metadata", "timestamp").instant,
        tool: tool(rest.at("metadata", "tools")))
      made.addComponents(rest["components"])
      made.addComponents(.array([subject]))
      bill = made
      return true
    } _: { element in
      bill?.add(Vulnerability(element))
    }
    bill?.finish()
  }

  /// `grype 0.41.0`. An array until 1.4, from 1.5 also an object with components.
  private static func tool(_ tools: JSON) -> String? {
    let first = tools[0].isNull ? tools["components"][0] : tools[0]
    let words = [first["name"].text, first["version"].text].compactMap(\.self)
    return words.isEmpty ? nil : words.joined(separator: " ")
  }
}

/// One vulnerability of a bill, from either form.
private struct Vulnerability {
  var place = ""
  var line = 0
  var id: String?
  var otherIDs: [String] = []
  var severities: [String] = []
  var score: Double?
  var state: String?
  var affects: [String] = []
  var recommendation: String?

  init() {}

  init(_ element: JSONElement) {
    let json = element.json
    place = element.pointer
    line = element.line
    id = json["id"].text
    otherIDs = json["references"].elements.compactMap { $0["id"].text }
    let ratings = json["ratings"].elements
    severities = ratings.compactMap { $0["severity"].text }
    score = ratings.first { $0["method"].text?.hasPrefix("CVSS") ?? false }?["score"].real
    state = json.at("analysis", "state").text
    affects = json["affects"].elements.compactMap { $0["ref"].text }
    recommendation = json["recommendation"].text
  }
}

/// A bill of materials while its vulnerabilities are read.
private final class BillOfMaterials {
  private let reading: Reading
  private let scan: ScanLedger
  private let subject: String
  /// `bom-ref` -> name.
  private var names: [String: String] = [:]

  init(
    _ reading: Reading, subject: String?, isImage: Bool, serial: String?, time: Instant?,
    tool: String? = nil
  ) {
    self.reading = reading
    let subject = subject ?? reading.item.subjectHost ?? serial ?? reading.item.provenance.name
    self.subject = subject
    scan = ScanLedger(
      reading, format: CycloneDXCollector.format, tool: "cyclonedx",
      id: "cyclonedx \(subject) \(time?.iso8601 ?? reading.item.digest.short)")
    scan.record["severity_basis"] = .text("vendor")
    scan.record["tool_version"] = .text(tool)
    scan.record["targets"] = .list([subject])
    scan.record["ended_at"] = .instant(time)
    reading.effectiveAt = time
    scan.host(
      subject, place: "",
      details: {
        $0["credentialed"] = .flag(true)
        $0["credential_note"] = .text("rests on the bill's own component list")
      }, sighting: { $0["hostname"] = .text(isImage ? imageRepository(subject) : subject) })
  }

  func addComponents(_ components: JSON) {
    for component in components.elements {
      if let ref = component["bom-ref"].text, let name = component["name"].text {
        addComponent(ref, name: name)
      }
      addComponents(component["components"])
    }
  }

  func addComponent(_ ref: String, name: String) { names[ref] = name }

  func add(_ vulnerability: Vulnerability) {
    guard let id = vulnerability.id ?? vulnerability.otherIDs.first else {
      reading.diagnose(
        Diagnostic(
          "cyclonedx.no-id", .error, at: reading.item.at(vulnerability.place),
          "a vulnerability has no id", why: "it cannot be told from the others, so it is left out",
          fix: "export the bill again"))
      return
    }
    // Resolved: the component in this bill is no longer affected.
    if vulnerability.state?.hasPrefix("resolved") ?? false { return }
    let severity =
      vulnerability.severities
      .map { scan.severity($0, place: vulnerability.place) }.max() ?? -1
    let isDismissed = ["false_positive", "not_affected"].contains(vulnerability.state)
    for ref in vulnerability.affects.isEmpty ? [""] : vulnerability.affects {
      let name = self.name(of: ref, in: vulnerability)
      var plugin = Plugin(
        id: [id, name].filter { !$0.isEmpty }.joined(separator: " "),
        name: name.isEmpty ? id : "\(id) in \(name)")
      plugin.app = name
      plugin.cves = ([id] + vulnerability.otherIDs).cves
      plugin.score = vulnerability.score
      scan.observe(
        subject, plugin, severity: severity, accepted: isDismissed, line: vulnerability.line)
    }
  }

  private func name(of ref: String, in vulnerability: Vulnerability) -> String {
    // A BOM-Link, `urn:cdx:serial/version#bom-ref`, points into another bill.
    let local = ref.hasPrefix("urn:cdx:") ? ref.split(separator: "#").last.map(String.init) : ref
    return names[ref] ?? local.flatMap { names[$0] } ?? local ?? ref
  }

  func finish() { scan.finish() }
}

/// The XML form: `vulnerabilities` of 1.4 and later, or the extension inside each component.
private enum CycloneDXXML {
  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    // First what names the components, which may stand behind what refers to them.
    var index = Index()
    let format = CycloneDXCollector.format
    let isWhole = try item.xml(format: format, reading) { index.take($0) }
    guard index.hasVulnerabilities else {
      if isWhole { reading.diagnose(.inventoryOnly(at: item.label)) }
      return
    }
    let bill = BillOfMaterials(
      reading, subject: index.subject, isImage: index.subjectType == "container",
      serial: index.serial, time: index.time)
    for (ref, name) in index.names { bill.addComponent(ref, name: name) }
    // The first pass has reported what is wrong with the file.
    let again = Reading(item, into: MemorySink())
    try item.xml(format: format, each: ["vulnerability"], again) { node, _ in
      bill.add(vulnerability(node))
    }
    bill.finish()
  }

  /// What a bill says besides its vulnerabilities.
  private struct Index {
    var hasVulnerabilities = false
    var subject: String?
    var subjectType: String?
    var serial: String?
    var time: Instant?
    var names: [(ref: String, name: String)] = []
    private var open: [XMLElement] = []

    mutating func take(_ event: XMLEvent) {
      switch event {
      case .start(let element):
        if open.isEmpty { serial = element["serialNumber"] }
        if element.name == "vulnerabilities" { hasVulnerabilities = true }
        open.append(element)
      case .text(let text): take(text.trimmed)
      case .end: _ = open.popLast()
      }
    }

    private mutating func take(_ text: String) {
      guard open.count >= 2, let element = open.last else { return }
      let parent = open[open.count - 2]
      if element.name == "timestamp", parent.name == "metadata" {
        time = WrittenTime(iso: text)?.instant
      }
      guard element.name == "name", parent.name == "component" else { return }
      if let ref = parent["bom-ref"] { names.append((ref, text)) }
      if open.count == 4, open[1].name == "metadata" {
        subject = text
        subjectType = parent["type"]
      }
    }
  }

  private static func vulnerability(_ node: XMLNode) -> Vulnerability {
    var found = Vulnerability()
    found.place = node.place
    found.line = node.line
    found.id = node.text("id")
    found.otherIDs = node.at("references").children("reference").compactMap { $0.text("id") }
    let ratings = node.at("ratings").children("rating")
    found.severities = ratings.compactMap { $0.text("severity") }
    found.score = ratings.first { $0.text("method")?.hasPrefix("CVSS") ?? false }
      .flatMap { cvssScore($0.text("score") ?? $0.text("score", "base")) }
    found.state = node.text("analysis", "state")
    found.affects = node.at("affects").children("target").compactMap { $0.text("ref") }
    if found.affects.isEmpty, let ref = node["ref"] { found.affects = [ref] }
    return found
  }
}

extension Diagnostic {
  fileprivate static func inventoryOnly(at place: String) -> Diagnostic {
    Diagnostic(
      "cyclonedx.inventory", .warning, at: place,
      "the bill lists components and no vulnerabilities",
      why: "it is an inventory: nothing says that anybody looked for vulnerabilities",
      fix: "write the bill with a scanner, for example: grype IMAGE -o cyclonedx-json")
  }
}

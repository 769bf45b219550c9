/// Gathers an ``OSCALDocument`` from its elements.
struct OSCALVisitor: XMLVisitor {
  private(set) var document: OSCALDocument
  private var open: [Frame] = []
  private var text = ""

  /// An element that is open, with what has been seen in it.
  private struct Frame {
    let element: XMLElement
    var roles: Set<String> = []
    /// A control's statement, an activity's method, a resource's file.
    var hasRequired = false
    var fileCount = 0
    var hasHash = false
    var isEvidence = false
  }

  init(_ kind: OSCALDocument.Kind) {
    document = OSCALDocument(kind: kind)
  }

  // MARK: Elements

  mutating func start(_ element: XMLElement) {
    text = ""
    let parent = open.last?.element.name ?? ""
    if open.isEmpty { checkRoot(element) }
    if element.namespace != OSCALRules.namespace {
      find("foreign", element.line, "has an element <\(element.name)> that is not OSCAL's")
    }
    document.faults += OSCALRules.faults(of: element, in: parent)
    for value in element.attributes.values { document.values[value, default: 0] += 1 }
    define(element)
    refer(element, parent: parent)
    collect(element, parent: parent)
    open.append(Frame(element: element))
  }

  mutating func text(_ text: String) {
    if self.text.utf8.count < 4096 { self.text += text }
  }

  mutating func end(_ name: String) {
    guard let frame = open.popLast() else { return }
    let line = frame.element.line
    if OSCALRules.plainElements.contains(name) {
      document.values[trimmed(text), default: 0] += 1
    }
    switch name {
    case "party-uuid", "location-uuid", "member-of-organization":
      add(name, trimmed(text), OSCALRules.targets[name] ?? [], line)
    case "hash": endHash(frame)
    case "control" where !frame.hasRequired: find("statement", line, "a control has no statement")
    case "activity" where !frame.hasRequired: find("method", line, "an activity has no method")
    case "resource": endResource(frame)
    default: break
    }
    text = ""
  }

  private mutating func find(_ id: String, _ line: Int, _ text: String) {
    document.faults.append(LineFault(id: id, line: line, text: text))
  }

  private mutating func checkRoot(_ element: XMLElement) {
    if element.name != document.kind.root {
      find(
        "root", element.line, "is a <\(element.name)>, not the <\(document.kind.root)> it should be"
      )
    }
  }

  // MARK: Definitions and references

  private mutating func define(_ element: XMLElement) {
    let definition = OSCALDocument.Definition(element: element.name, line: element.line)
    if let uuid = element["uuid"], let old = document.uuids.updateValue(definition, forKey: uuid) {
      find(
        "duplicate", element.line,
        "\(element.name) has the uuid of the \(old.element) in line \(old.line)")
    }
    if let id = element["id"], let old = document.ids.updateValue(definition, forKey: id) {
      find(
        "duplicate", element.line,
        "\(element.name) has the id of the \(old.element) in line \(old.line)")
    }
  }

  private mutating func add(_ from: String, _ value: String, _ to: Set<String>, _ line: Int) {
    document.references.append(
      OSCALDocument.Reference(from: from, value: value, to: to, line: line))
  }

  private mutating func refer(_ element: XMLElement, parent: String) {
    for (name, value) in element.attributes {
      let from = "\(element.name)/@\(name)"
      switch name {
      case "uuid": break
      case "subject-uuid": add(from, value, [element["type"] ?? ""], element.line)
      case "actor-uuid":
        let type = element["type"] ?? ""
        add(from, value, [type == "tool" ? "component" : type], element.line)
      case "role-id": add(from, value, ["role"], element.line)
      case _ where name.hasSuffix("-uuid"):
        add(from, value, OSCALRules.targets[name] ?? [], element.line)
      case "href":
        document.addresses.append(
          OSCALDocument.Address(from: element.name, href: value, line: element.line))
      default: break
      }
    }
    if element.name == "responsible-party", let role = element["role-id"], !open.isEmpty,
      !open[open.count - 1].roles.insert(role).inserted
    {
      find("role", element.line, "two responsible-party of one list have one role")
    }
  }

  // MARK: What the results say

  private mutating func collect(_ element: XMLElement, parent: String) {
    switch (parent, element.name) {
    case ("control-selection", "include-control") where isInResults:
      document.included[element["control-id"] ?? ""] = element.line
    case ("control-selection", "exclude-control") where isInResults:
      document.excluded[element["control-id"] ?? ""] = element.line
    case (_, "observation"):
      document.observations.append(
        OSCALDocument.Observation(uuid: element["uuid"] ?? "", line: element.line))
    case ("observation", "prop"):
      if element["ns"] != nil, let name = element["name"], !document.observations.isEmpty {
        document.observations[document.observations.count - 1].props[name] = element["value"]
      }
    case (_, "finding"):
      document.findings.append(OSCALDocument.Finding(line: element.line))
    case ("finding", _), ("target", "status"): collectFinding(element, parent: parent)
    case ("control", "part") where element["name"] == "statement": markParent()
    case ("control", "prop") where element["name"] == "status" && element["value"] == "withdrawn":
      markParent()
    case ("activity", "prop") where element["name"] == "method" && element["ns"] == nil:
      markParent()
    case ("resource", _): collectResource(element)
    default: break
    }
  }

  private var isInResults: Bool {
    document.kind == .assessmentResults
      && open.dropLast().last?.element.name == "reviewed-controls"
  }

  private mutating func markParent() { open[open.count - 1].hasRequired = true }

  private mutating func collectFinding(_ element: XMLElement, parent: String) {
    guard !document.findings.isEmpty else { return }
    let last = document.findings.count - 1
    switch element.name {
    case "target": document.findings[last].target = element["target-id"] ?? ""
    case "status": document.findings[last].state = element["state"] ?? ""
    case "related-observation":
      document.findings[last].observations.append(element["observation-uuid"] ?? "")
    default: break
    }
  }

  // MARK: Resources

  private mutating func collectResource(_ element: XMLElement) {
    let top = open.count - 1
    switch element.name {
    case "rlink":
      open[top].hasRequired = true
      open[top].fileCount += 1
      document.files.append(
        OSCALDocument.File(href: element["href"] ?? "", line: element.line))
    case "base64": open[top].hasRequired = true
    case "prop" where element["name"] == "type" && element["value"] == "evidence":
      open[top].isEvidence = true
    default: break
    }
    if element.name == "prop", element["name"] == "byte-size", element["ns"] != nil {
      sizes[open[top].element["uuid"] ?? ""] = element["value"]
    }
  }

  /// A prop stands before the file it is about.
  private var sizes: [String: String] = [:]

  private mutating func endHash(_ frame: Frame) {
    let algorithm = frame.element["algorithm"] ?? ""
    let digest = trimmed(text)
    if let fault = OSCALRules.hashFault(algorithm: algorithm, digest: digest) {
      find("hash", frame.element.line, fault)
    }
    guard !document.files.isEmpty, open.last?.element.name == "rlink" else { return }
    document.files[document.files.count - 1].hashes[algorithm] = digest
    if algorithm == "SHA-256", open.count > 1 { open[open.count - 2].hasHash = true }
  }

  private mutating func endResource(_ frame: Frame) {
    let line = frame.element.line
    if !frame.hasRequired { find("resource", line, "a resource has neither file nor content") }
    if frame.isEvidence && !frame.hasHash { find("resource", line, "evidence has no SHA-256") }
    if let size = sizes.removeValue(forKey: frame.element["uuid"] ?? ""), frame.fileCount == 1 {
      document.files[document.files.count - 1].size = size
    }
  }

  private func trimmed(_ text: String) -> String {
    String(text.drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}

/// Rules of OSCAL that its XML Schemas do not hold: NIST's constraints (formats, OSCAL 5).
enum OSCALRules {
  static let namespace = "http://csrc.nist.gov/ns/oscal/1.0"

  /// Names a prop may have without `ns`, by the element it stands in.
  private static let props: [String: Set<String>] = [
    "control": ["label", "sort-id", "alt-identifier", "status"],
    "group": ["label", "sort-id", "alt-identifier"],
    "part": ["label", "sort-id", "alt-identifier"],
    "resource": ["type", "version", "published"],
    "activity": ["method"],
    "risk": ["false-positive", "accepted", "risk-adjusted", "priority"],
    "metadata": ["keywords"],
    "party": ["mail-stop", "office", "job-title"],
    "response": ["type"],
    "entry": ["type"],
    "facet": ["state"],
  ]

  private static let parts: Set<String> = [
    "overview", "statement", "guidance", "example", "assessment-objective", "assessment-method",
  ]

  private static let resourceTypes: Set<String> = [
    "logo", "image", "screen-shot", "law", "regulation", "standard", "external-guidance",
    "acronyms", "citation", "policy", "procedure", "system-guide", "users-guide",
    "administrators-guide", "rules-of-behavior", "plan", "artifact", "evidence", "tool-output",
    "raw-data", "interview-notes", "questionnaire", "report", "agreement",
  ]

  /// Closed lists of values: element and attribute, and what may stand there.
  private static let values: [String: Set<String>] = [
    "target/type": ["objective-id", "statement-id"],
    "status/state": ["satisfied", "not-satisfied"],
    "actor/type": ["tool", "assessment-platform", "party"],
    "party/type": ["person", "organization"],
  ]

  private static let componentStates: Set<String> = [
    "under-development", "operational", "disposition", "other",
  ]

  /// Digits of a digest by its algorithm.
  private static let digits = [
    "SHA-224": 56, "SHA-256": 64, "SHA-384": 96, "SHA-512": 128, "SHA3-224": 56, "SHA3-256": 64,
    "SHA3-384": 96, "SHA3-512": 128,
  ]

  /// Elements with one plain value, which JSON holds as it is.
  static let plainElements: Set<String> = [
    "hash", "party-uuid", "member-of-organization", "collected", "start", "end", "method",
    "last-modified", "version", "oscal-version",
  ]

  /// What elements a reference may mean, by the attribute or element that refers.
  static let targets: [String: Set<String>] = [
    "observation-uuid": ["observation"], "risk-uuid": ["risk"], "task-uuid": ["task"],
    "activity-uuid": ["activity"], "component-uuid": ["component"], "party-uuid": ["party"],
    "member-of-organization": ["party"], "response-uuid": ["response"],
    "location-uuid": ["location"], "role-id": ["role"],
  ]

  /// What is wrong with an element, seen alone and in its parent.
  static func faults(of element: XMLElement, in parent: String) -> [LineFault] {
    var faults: [LineFault] = []
    func find(_ id: String, _ text: String) {
      faults.append(LineFault(id: id, line: element.line, text: text))
    }
    for (key, allowed) in values where key.hasPrefix("\(element.name)/") {
      let attribute = String(key.dropFirst(element.name.count + 1))
      let isComponent = key == "status/state" && parent != "target"
      let allowed = isComponent ? componentStates : allowed
      if let value = element[attribute], !allowed.contains(value) {
        find("value", "\(element.name) has the \(attribute) '\(value)', which OSCAL does not know")
      }
    }
    switch element.name {
    case "prop": checkProp(element, parent, find)
    case "part" where parent == "control" && element["ns"] == nil:
      if !parts.contains(element["name"] ?? "") {
        find("part", "a part's name outside OSCAL's list needs a namespace of its own")
      }
    case "link" where element["href"]?.hasPrefix("#") == true && element["media-type"] != nil:
      find("link", "a link inside the document has a media-type")
    default: break
    }
    if let uuid = element["uuid"], !isUUID(uuid) {
      find("uuid", "\(element.name) has a uuid that is not of version 4 or 5 in lower case")
    }
    return faults
  }

  private static func checkProp(
    _ element: XMLElement, _ parent: String, _ find: (String, String) -> Void
  ) {
    guard element["ns"] == nil, let name = element["name"], name != "marking" else { return }
    if props[parent]?.contains(name) != true {
      find("prop", "prop '\(name)' of \(parent) is not OSCAL's and needs a namespace of its own")
    }
    if parent == "resource", name == "type", !resourceTypes.contains(element["value"] ?? "") {
      find("value", "resource has a type that OSCAL does not know")
    }
    if parent == "activity", name == "method",
      !["TEST", "EXAMINE", "INTERVIEW"].contains(element["value"] ?? "")
    {
      find("value", "activity has a method that OSCAL does not know")
    }
  }

  /// What is wrong with a digest; nil when it is one.
  static func hashFault(algorithm: String, digest: String) -> String? {
    guard let count = digits[algorithm] else {
      return "a hash has an algorithm OSCAL does not know"
    }
    let isHex = digest.utf8.allSatisfy { isDigit($0) || (0x61...0x66).contains($0) }
    return digest.utf8.count == count && isHex
      ? nil : "a hash is not \(count) hexadecimal digits in lower case"
  }

  private static func isUUID(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count == 36 else { return false }
    for (index, byte) in bytes.enumerated() {
      switch index {
      case 8, 13, 18, 23: if byte != UInt8(ascii: "-") { return false }
      case 14: if byte != UInt8(ascii: "4") && byte != UInt8(ascii: "5") { return false }
      case 19: if !"89ab".utf8.contains(byte) { return false }
      default: if !isDigit(byte) && !(0x61...0x66).contains(byte) { return false }
      }
    }
    return true
  }
}

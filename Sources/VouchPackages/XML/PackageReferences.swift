import VouchModel

/// Checks that whatever `package.xml` refers to is in it, and that its digests are those of the
/// files of the package.
final class PackageReferences: XMLVisitor {
  private enum Kind: Hashable { case control, criterion, waiver, evidence }

  private struct Name: Hashable {
    let kind: Kind
    let id: String
  }

  let faults = XMLFaults()
  private let files: [String: BagWriter.Entry]
  private var defined: Set<Name> = []
  private var wanted: [Name: Int] = [:]
  private var path: [String] = []
  private var text: [UInt8]?
  private var line = 0

  init(files: [String: BagWriter.Entry]) { self.files = files }

  func start(_ name: XMLName, _ attributes: XMLAttributes, line: Int) {
    self.line = line
    let parent = path.last ?? ""
    let element = name.text
    path.append(element)
    text = nil
    switch (parent, element) {
    case ("controls", "control"): define(.control, attributes["id"])
    case ("criteria", "criterion"): define(.criterion, attributes["id"])
    case ("engagement", "waiver"): define(.waiver, attributes["id"])
    case ("slice", "item"):
      want(.evidence, attributes["evidence"])
      want(.waiver, attributes["waiver"])
    case ("evidence", "file"):
      define(.evidence, attributes["number"])
      hold(attributes["path"] ?? "", attributes["sha256"] ?? "", attributes["size"] ?? "")
    case (_, "criterion"), ("criterion", "control"), (_, "evidence-numbers"): text = []
    default: break
    }
  }

  func text(_ bytes: UnsafeBufferPointer<UInt8>) { text?.append(contentsOf: bytes) }

  func end(_ name: XMLName) {
    let element = path.removeLast()
    guard let bytes = text else { return }
    text = nil
    let content = String(decoding: bytes, as: UTF8.self)
    switch element {
    case "criterion": want(.criterion, content)
    case "control": want(.control, content)
    case "evidence-numbers":
      for number in NumberRanges.numbers(content) { want(.evidence, String(number)) }
    default: break
    }
  }

  /// Resolves all references. Call it at the end of the document.
  func finish() {
    let open = wanted.filter { !defined.contains($0.key) }
    for (name, line) in open.sorted(by: { ($0.value, $0.key.id) < ($1.value, $1.key.id) }) {
      faults.add("there is no \(name.kind) '\(name.id)' in this file", line: line)
    }
  }

  private func define(_ kind: Kind, _ id: String?) {
    guard let id else { return }
    if !defined.insert(Name(kind: kind, id: id)).inserted {
      faults.add("\(kind) '\(id)' is there twice", line: line)
    }
  }

  private func want(_ kind: Kind, _ id: String?) {
    guard let id else { return }
    let name = Name(kind: kind, id: id)
    if wanted[name] == nil { wanted[name] = line }
  }

  private func hold(_ path: String, _ digest: String, _ size: String) {
    guard let file = files[path] else {
      return faults.add("\(path) is no file of the package", line: line)
    }
    if file.digest.hex != digest || String(file.size) != size {
      faults.add("digest or size of \(path) is not that of the file", line: line)
    }
  }
}

extension XMLAttributes {
  /// The value of an attribute; nil when the element has none of that name.
  subscript(_ wanted: String) -> String? {
    for index in 0..<count where name(index)?.text == wanted { return value(index) }
    return nil
  }
}

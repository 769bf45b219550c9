import Foundation
import VouchModel

/// Checks what no schema and no independent validator does: every identifier is there once, and
/// every reference of one document names the right kind of thing, here or in a document before it.
///
/// Works in one pass over each document with sets, since XPath would be quadratic.
final class OSCALReferences: XMLVisitor {
  /// What a document defines, by identifier.
  typealias Defined = [Identifier: Thing]

  /// The elements that something refers to, as a set.
  struct Thing: OptionSet {
    let rawValue: UInt16

    static let names = [
      "role", "party", "control", "part", "observation", "risk", "activity", "task", "component",
      "resource",
    ]

    init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The thing an element is; empty when nothing refers to it.
    init(_ element: String) {
      self.init(rawValue: Self.names.firstIndex(of: element).map { 1 << UInt16($0) } ?? 0)
    }

    var text: String {
      Self.names.enumerated().filter { contains(Thing(rawValue: 1 << UInt16($0.offset))) }
        .map(\.element).joined(separator: " or ")
    }
  }

  /// A uuid as a number, or another identifier as text.
  enum Identifier: Hashable {
    case uuid(UInt64, UInt64)
    case name(String)

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
      if let uuid = Self.uuid(bytes) {
        self = uuid
      } else {
        self = .name(String(decoding: bytes, as: UTF8.self))
      }
    }

    init(_ text: String) {
      var text = text
      self = text.withUTF8(Identifier.init)
    }

    private static func uuid(_ bytes: UnsafeBufferPointer<UInt8>) -> Identifier? {
      guard bytes.count == 36 else { return nil }
      var high: UInt64 = 0
      var low: UInt64 = 0
      for (index, byte) in bytes.enumerated() {
        if index == 8 || index == 13 || index == 18 || index == 23 {
          if byte != UInt8(ascii: "-") { return nil }
          continue
        }
        guard let digit = digit(byte) else { return nil }
        if index < 18 { high = high << 4 | digit } else { low = low << 4 | digit }
      }
      return .uuid(high, low)
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
      switch byte {
      case 0x30...0x39: UInt64(byte - 0x30)
      case 0x61...0x66: UInt64(byte - 0x57)
      default: nil
      }
    }
  }

  /// What an attribute, or the text of an element, is to this check.
  private enum Rule {
    case definition, href, digest, ignored
    case reference(Thing)
  }

  private struct Reference: Hashable {
    let value: String
    let what: String
    let targets: Thing.RawValue
  }

  let faults = XMLFaults()
  private(set) var defined: Defined = [:]
  private let others: [String: Defined]
  private let files: [String: BagWriter.Entry]
  private var attributeRules = XMLNameTable<Rule>()
  private var elements = XMLNameTable<(thing: Thing, text: Rule)>()
  /// References to what comes later, with the line of the first of each.
  private var pending: [Reference: Int] = [:]
  private var href = ""
  private var text: [UInt8]?
  private var line = 0

  /// - Parameters:
  ///   - others: documents read before, by file name: `tsc-catalog.xml`.
  ///   - files: what the package holds, to hold digests against.
  init(others: [String: Defined] = [:], files: [String: BagWriter.Entry] = [:]) {
    self.others = others
    self.files = files
  }

  private static func attributeRule(_ name: XMLName) -> Rule {
    switch name.text {
    case "uuid", "id": .definition
    case "href": .href
    case "role-id": .reference(Thing("role"))
    case "control-id": .reference(Thing("control"))
    case "target-id": .reference(Thing("part"))
    case "observation-uuid": .reference(Thing("observation"))
    case "risk-uuid": .reference(Thing("risk"))
    case "activity-uuid": .reference(Thing("activity"))
    case "task-uuid": .reference(Thing("task"))
    case "component-uuid", "subject-uuid": .reference(Thing("component"))
    case "party-uuid": .reference(Thing("party"))
    case "actor-uuid": .reference([Thing("component"), Thing("party")])
    default: .ignored
    }
  }

  private static func element(_ name: XMLName) -> (thing: Thing, text: Rule) {
    let text = name.text
    return switch text {
    case "party-uuid", "member-of-organization": ([], .reference(Thing("party")))
    case "hash": ([], .digest)
    default: (Thing(text), .ignored)
    }
  }

  func start(_ name: XMLName, _ attributes: XMLAttributes, line: Int) {
    self.line = line
    let element = elements.value(for: name, Self.element)
    for index in 0..<attributes.count {
      guard let attribute = attributes.name(index) else { continue }
      switch attributeRules.value(for: attribute, Self.attributeRule) {
      case .ignored, .digest: break
      case .definition: define(attributes.bytes(index), as: element.thing)
      case .href: follow(attributes.value(index))
      case .reference(let targets): refer(attributes.bytes(index), to: targets, attribute)
      }
    }
    if case .ignored = element.text { text = nil } else { text = [] }
  }

  func text(_ bytes: UnsafeBufferPointer<UInt8>) { text?.append(contentsOf: bytes) }

  func end(_ name: XMLName) {
    guard let content = text else { return }
    text = nil
    switch elements.value(for: name, Self.element).text {
    case .digest: hold(String(decoding: content, as: UTF8.self))
    case .reference(let targets):
      content.withUnsafeBufferPointer { refer($0, to: targets, name) }
    default: break
    }
  }

  /// Resolves what pointed forward. Call it at the end of the document.
  func finish() {
    let open = pending.filter {
      !resolves(Identifier($0.key.value), Thing(rawValue: $0.key.targets))
    }
    for (reference, line) in open.sorted(by: { ($0.value, $0.key.value) < ($1.value, $1.key.value) }
    ) {
      let targets = Thing(rawValue: reference.targets).text
      faults.add(
        "\(reference.what) names \(reference.value), and there is no such \(targets)", line: line)
    }
    pending = [:]
  }

  private func define(_ bytes: UnsafeBufferPointer<UInt8>, as thing: Thing) {
    if defined.updateValue(thing, forKey: Identifier(bytes)) != nil {
      faults.add("\(String(decoding: bytes, as: UTF8.self)) is there twice", line: line)
    }
  }

  private func refer(
    _ bytes: UnsafeBufferPointer<UInt8>, to targets: Thing, _ name: XMLName
  ) {
    if resolves(Identifier(bytes), targets) { return }
    let reference = Reference(
      value: String(decoding: bytes, as: UTF8.self), what: name.text, targets: targets.rawValue)
    if pending[reference] == nil { pending[reference] = line }
  }

  private func resolves(_ identifier: Identifier, _ targets: Thing) -> Bool {
    if let thing = defined[identifier] { return !thing.isDisjoint(with: targets) }
    return others.values.contains { $0[identifier].map { !$0.isDisjoint(with: targets) } ?? false }
  }

  private func follow(_ value: String) {
    href = value
    if value.hasPrefix("#") {
      let reference = Reference(
        value: String(value.dropFirst()), what: "href", targets: Thing("resource").rawValue)
      if pending[reference] == nil { pending[reference] = line }
    } else if let mark = value.firstIndex(of: "#") {
      let id = Identifier(String(value[value.index(after: mark)...]))
      if others[String(value[..<mark])]?[id] == nil {
        faults.add("href \(value) names nothing in that document", line: line)
      }
    } else if !files.isEmpty, files[Self.path(value)] == nil {
      faults.add("href \(value) names no file of the package", line: line)
    }
  }

  /// Holds a digest in the document against that of the file.
  private func hold(_ digest: String) {
    guard !files.isEmpty, let file = files[Self.path(href)] else { return }
    if file.digest.hex != digest {
      faults.add("the digest of \(href) is not that of the file", line: line)
    }
  }

  /// The path in the package of a reference from `data/xml/`.
  private static func path(_ href: String) -> String {
    let path = href.removingPercentEncoding ?? href
    return path.hasPrefix("../") ? "data/" + path.dropFirst(3) : "data/xml/" + path
  }
}

import Foundation
import VouchModel

/// Values of the evidence that must not stand on a public page, ready to be looked for.
///
/// A value is kept as its words (`srv 0001` of `srv-0001`), so that other separators, upper case
/// and look-alike letters do not hide it, and, when it has a digit or an `@`, also without any
/// separator.
public struct IdentifyingValues: Sendable {
  /// Words joined by a space, and the field they come from: `asset.hostname`.
  private(set) var phrases: [String: String] = [:]
  private(set) var lengths: Set<Int> = []
  private(set) var compact: [String: String] = [:]
  private(set) var compactLengths: Set<Int> = []

  /// Names of services, which customers know, as words.
  private let services: Set<String>

  /// - Parameter services: names that are no secret where a record is not about machines or
  ///   persons: a monitor's alert has a service's name where others have a host's.
  public init(services: Set<String> = []) {
    self.services = Set(services.map { FoldedText($0).joined })
  }

  public var count: Int { phrases.count }
  /// The number of words of the longest value.
  var longest: Int { lengths.max() ?? 0 }

  /// Longer texts are prose; the names in them are values of their own elsewhere.
  private static let wordLimit = 24

  /// Takes a value and what can be told from it: the host of an address, the name in front of an
  /// `@`, the short name of a machine, the file at the end of a path.
  ///
  /// - Parameter isInventory: the record is about a machine or a person, whatever a service is
  ///   called.
  public mutating func add(_ value: String, field: String, isInventory: Bool = false) {
    if isNoneSpelling(value) { return }
    spares = !isInventory
    for part in value.split(separator: "|") { addWhole(String(part), field) }
    if value.contains("|") { addWhole(value, field) }
  }
  private var spares = false

  private mutating func addWhole(_ value: String, _ field: String) {
    insert(value, field)
    if let at = value.firstIndex(of: "@"), !value.contains(" ") {
      insert(String(value[..<at]), field)
      addHost(String(value[value.index(after: at)...]), field)
    } else if let scheme = value.firstRange(of: "://") {
      let host = value[scheme.upperBound...].prefix { $0 != "/" && $0 != ":" && $0 != "?" }
      addHost(String(host), field)
    } else if value.contains("/") || value.contains("\\") {
      if let file = value.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last,
        file.contains(where: { $0 == "." || $0.isNumber })
      {
        insert(String(file), field)
      }
    } else {
      addHost(String(value.prefix { $0 != ":" }), field)
    }
  }

  /// A fully qualified name and its first label.
  private mutating func addHost(_ name: String, _ field: String) {
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count >= 2, let last = labels.last, last.count >= 2,
      last.allSatisfy({ $0.isASCII && $0.isLetter }),
      labels.allSatisfy({ label in
        !label.isEmpty && label.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" }
      })
    else { return }
    insert(name, field)
    if labels.count >= 3 { insert(String(labels[0]), field) }
  }

  private mutating func insert(_ value: String, _ field: String) {
    let words = FoldedText(value).words.map(\.text)
    guard Self.identifies(value, words) else { return }
    let phrase = words.joined(separator: " ")
    if spares, services.contains(phrase) { return }
    if phrases.updateValue(phrases[phrase] ?? field, forKey: phrase) != nil { return }
    lengths.insert(words.count)
    let whole = words.joined()
    let size = whole.utf8.count
    // Digits alone would be found in every row of figures.
    if (6...200).contains(size),
      whole.utf8.contains(where: { (48...57).contains($0) })
        || value.contains("@"), whole.utf8.contains(where: { (97...122).contains($0) })
    {
      compact[whole] = compact[whole] ?? field
      compactLengths.insert(size)
    }
  }

  /// Whether anything can be told by a value: not a date, not one or two letters, not a short
  /// number.
  private static func identifies(_ value: String, _ words: [String]) -> Bool {
    guard let first = words.first, words.count <= wordLimit else { return false }
    let isNumeric = words.allSatisfy { $0.utf8.allSatisfy { (48...57).contains($0) } }
    if isNumeric {
      if WrittenTime(iso: value) != nil { return false }
      let digits = words.reduce(0) { $0 + $1.utf8.count }
      return words.count == 1 ? digits >= 5 : words.count >= 4 || digits >= 8
    }
    return words.count > 1 || first.unicodeScalars.count >= 3
  }
}

/// The text that may stand on the page although the evidence has it as a value.
///
/// Two kinds. What was entered for publishing (names of organisation, system and services,
/// addresses for contact, `approved_terms`) may stand anywhere. What is part of Vouch's own
/// wording, `uptime` or `management`, may stand where no text of management's is: a word of the
/// form tells nothing about the evidence.
struct AllowedText {
  /// By their first word.
  private var entered: [String: [[String]]] = [:]
  private let wording: Wording

  init(wording: Wording) { self.wording = wording }

  mutating func enter(_ text: String) {
    let words = FoldedText(text).words.map(\.text)
    guard let first = words.first else { return }
    entered[first, default: []].append(words)
  }

  func isWording(_ phrase: String) -> Bool { wording.has(phrase) }

  /// Where in the words something stands that was entered. A value that reaches beyond it is
  /// another thing: `uptime-01` when `uptime` was entered.
  func ranges(in words: [FoldedText.Word]) -> [Range<Int>] {
    words.indices.flatMap { at in
      (entered[words[at].text] ?? []).compactMap { known in
        let end = at + known.count
        guard end <= words.count, known.indices.allSatisfy({ words[at + $0].text == known[$0] })
        else { return nil }
        return at..<end
      }
    }
  }
}

/// The words of the built-in templates, folded when somebody asks.
final class Wording: Sendable {
  private let texts: [String]
  private let folded: Folded

  /// Folds once; templates are long and are asked about seldom.
  private final class Folded: @unchecked Sendable {
    private let lock = NSLock()
    private var text: String?

    func callAsFunction(_ make: () -> String) -> String {
      lock.withLock {
        if let text { return text }
        let made = make()
        text = made
        return made
      }
    }
  }

  init(_ texts: [String]) {
    self.texts = texts
    folded = Folded()
  }

  /// Whether the words stand in one of the texts, in this order.
  func has(_ phrase: String) -> Bool {
    let all = folded {
      texts.map { " \(FoldedText($0).joined) " }.joined(separator: "\n")
    }
    return all.contains(" \(phrase) ")
  }
}

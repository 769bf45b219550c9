import VouchModel

/// What a page of a package refers to, shows and does, read for checking.
///
/// ## Figures
/// An element with `data-figure` shows a figure of `data/check.json`. The attribute names it:
///
/// ```html
/// <span data-figure="VM-02.population">412</span>
/// <data data-figure="VM-02.verdict" value="not_operated">Not operated</data>
/// <a data-figure="CC7.1.verdict" href="criteria.html#CC7.1">fail</a>
/// ```
///
/// Before the last dot stands the id of a control or criterion, after it `population`,
/// `deviations`, `unknown`, `waived` or `verdict`; a criterion has a verdict only. The element's
/// text is the figure and nothing else: a number in digits, which may be grouped by `,`, `.`, `'`
/// or spaces, or a verdict with `_` or a space between its words, in any case. With `value`, that
/// is the figure as `check.json` writes it; then a page in another language than English may call
/// a verdict by its own word, the same word wherever the verdict stands in the package.
struct Page: Sendable {
  /// Bytes that no page may pass (contract 6).
  static let sizeLimit = 2_000_000

  /// A reference to something in the package.
  struct Link: Sendable, Hashable {
    /// As written, with `%` escapes decoded; empty for the page itself.
    let path: String
    /// Empty when there is none.
    let fragment: String
  }

  struct Figure: Sendable {
    let key: String
    /// What the reader sees.
    let text: String
    /// The attribute `value`; nil when there is none.
    let value: String?
    let line: Int
  }

  /// Something a page must not have. Ids without the `pages.` in front.
  struct Fault: Sendable, Hashable {
    let id: String
    let line: Int
    let text: String
  }

  /// Every distinct link with the first line it stands on, by path and fragment (empty: none).
  private(set) var links: [String: [String: Int]] = [:]
  private(set) var figures: [Figure] = []
  /// `lang` of the page in lower case; empty when it does not say.
  var language = ""
  private(set) var faults: [Fault] = []
  /// False when the page could not be read to its end.
  var isWhole = true
  /// Hash values of the ids: a page may have many, and only whether one is there is asked.
  private var ids: Set<Int> = []
  /// Hash values of the addresses that were found fine, each with its element and attribute.
  private var addresses: Set<Int> = []

  /// - Parameter bytes: of the page, at least one more than ``sizeLimit`` of a longer one.
  init(_ bytes: UnsafeBufferPointer<UInt8>, styles: KnownStyles) {
    if bytes.count > Self.sizeLimit {
      isWhole = false
      faults.append(Fault(id: "size", line: 1, text: "is longer than \(Self.sizeLimit) bytes"))
      return
    }
    var scanner = HTMLScanner(bytes, styles: styles)
    scanner.scan(into: &self)
    addresses = []
  }

  func hasID(_ id: String) -> Bool {
    var id = id
    return id.withUTF8 { ids.contains(hashed($0)) }
  }

  mutating func add(id: String, line: () -> Int) {
    var id = id
    id.withUTF8 { add(id: $0, line: line) }
  }

  mutating func add(id: UnsafeBufferPointer<UInt8>, line: () -> Int) {
    if !ids.insert(hashed(id)).inserted {
      let text = "two elements have the id '\(String(decoding: id, as: UTF8.self))'"
      add(Fault(id: "duplicate-id", line: line(), text: text))
    }
  }

  /// What tells an address in an attribute of an element from others.
  static func linkKey(
    _ address: UnsafeRawBufferPointer, _ element: PackedName, _ attribute: PackedName
  ) -> Int {
    var hasher = Hasher()
    hasher.combine(bytes: address)
    hasher.combine(element.low)
    hasher.combine(element.high)
    hasher.combine(attribute.low)
    return hasher.finalize()
  }

  func knows(link key: Int) -> Bool { addresses.contains(key) }

  mutating func note(link key: Int) { addresses.insert(key) }

  mutating func add(_ link: Link, line: Int) {
    if links[link.path]?[link.fragment] == nil {
      links[link.path, default: [:]][link.fragment] = line
    }
  }

  mutating func add(_ figure: Figure) { figures.append(figure) }

  /// Keeps the first hundred faults: a page that is wrong in more places is wrong enough.
  mutating func add(_ fault: Fault) {
    if faults.count < 100 { faults.append(fault) }
  }
}

private func hashed(_ id: UnsafeBufferPointer<UInt8>) -> Int {
  var hasher = Hasher()
  hasher.combine(bytes: UnsafeRawBufferPointer(id))
  return hasher.finalize()
}

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

  init(_ bytes: [UInt8]) {
    if bytes.count > Self.sizeLimit {
      isWhole = false
      faults.append(Fault(id: "size", line: 1, text: "is longer than \(Self.sizeLimit) bytes"))
      return
    }
    var scanner = HTMLScanner(bytes)
    scanner.scan(into: &self)
  }

  func hasID(_ id: String) -> Bool { ids.contains(hashed(id)) }

  mutating func add(id: String, line: Int) {
    if !ids.insert(hashed(id)).inserted {
      add(Fault(id: "duplicate-id", line: line, text: "two elements have the id '\(id)'"))
    }
  }

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

private func hashed(_ id: String) -> Int {
  var id = id
  var hasher = Hasher()
  id.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  return hasher.finalize()
}

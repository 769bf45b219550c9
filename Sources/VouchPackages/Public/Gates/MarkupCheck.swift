import VouchModel

/// Holds the finished page against the markup that a public page may have: nothing that runs,
/// nothing that is fetched, nothing that the other gates could not read.
struct MarkupCheck {
  let path: String

  private static let elements: Set<String> = [
    "html", "head", "meta", "title", "style", "script", "link", "body", "header", "main", "footer",
    "section", "article", "nav", "aside", "div", "p", "span", "a", "h1", "h2", "h3", "h4", "h5",
    "h6", "ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tfoot", "tr",
    "th", "td", "strong", "em", "b", "i", "small", "time", "data", "abbr", "address", "br", "hr",
    "wbr", "details", "summary", "code", "figure", "figcaption", "blockquote",
  ]
  private static let attributes: Set<String> = [
    "id", "class", "lang", "dir", "href", "datetime", "value", "scope", "colspan", "rowspan",
    "headers", "title", "role", "name", "content", "property", "charset", "http-equiv", "tabindex",
    "rel", "type", "hreflang", "open",
  ]
  private static let links: Set<String> = ["canonical", "alternate"]

  func findings(_ bytes: [UInt8]) -> [Diagnostic] {
    var found: [Diagnostic] = []
    for node in PageMarkup(bytes).nodes {
      switch node {
      case .start(let name, let attributes, _, let line):
        if !Self.elements.contains(name) {
          found.append(refused("the element '\(name)'", Self.why(name), line))
        }
        found += attributes.compactMap { refused($0, of: name, attributes, line) }
        found += Self.missing(name, attributes).map { refused($0, Self.runs, line) }
      case .raw(let text, let name, let line):
        if name == "style" { found += styles(text, line) }
        if name == "script", (try? JSON.parse(text.utf8)) == nil {
          found.append(refused("data that is no JSON", "nobody could read it", line))
        }
      case .comment(let line):
        found.append(refused("a comment", "readers do not see it; write {{! … }} instead", line))
      case .text, .end, .declaration: break
      }
    }
    if CharacterReference.hasUnknown(String(decoding: bytes, as: UTF8.self)) {
      found.append(
        refused("an unusual character reference", "the checks could not read past it", 1))
    }
    return found
  }

  private static let runs = "the page runs nothing and fetches nothing"

  private static func why(_ name: String) -> String {
    ["img", "picture", "svg", "object", "embed", "video", "canvas", "image"].contains(name)
      ? "a picture cannot be checked for logos, seals and names, so there are none" : runs
  }

  /// What an element has to have to be allowed.
  private static func missing(
    _ name: String, _ attributes: [PageMarkup.Attribute]
  ) -> [String] {
    func value(_ name: String) -> String? { attributes.first { $0.name == name }?.value }
    switch name {
    case "script" where value("type") != "application/ld+json": return ["a script"]
    case "link" where !links.contains(value("rel") ?? ""): return ["a link that is fetched"]
    case "meta"
    where value("http-equiv").map { $0.lowercased() != "content-security-policy" }
      ?? false:
      return ["a 'meta http-equiv'"]
    default: return []
    }
  }

  private func refused(
    _ attribute: PageMarkup.Attribute, of element: String, _ all: [PageMarkup.Attribute],
    _ line: Int
  ) -> Diagnostic? {
    let name = attribute.name
    guard
      Self.attributes.contains(name) || name.hasPrefix("aria-") || name.hasPrefix("data-")
        || element == "public-summary"
    else { return refused("the attribute '\(name)'", Self.runs, line) }
    if name == "href" {
      let value = attribute.value.lowercased()
      let scheme = value.prefix { $0 != ":" && $0 != "/" && $0 != "#" && $0 != "?" }
      let isRelative = scheme.endIndex == value.endIndex || value[scheme.endIndex] != ":"
      if value.hasPrefix("//") || (!isRelative && !["https", "mailto"].contains(scheme)) {
        return refused("a link to '\(scheme):'", "links lead to https: or mailto: only", line)
      }
    }
    return nil
  }

  /// Styles may draw, but neither fetch nor write.
  private func styles(_ css: String, _ line: Int) -> [Diagnostic] {
    var found: [Diagnostic] = []
    let lower = css.lowercased()
    if lower.contains("url(") || lower.contains("@import") || lower.contains("image-set(") {
      found.append(refused("a style that fetches", Self.runs, line))
    }
    for match in lower.matches(of: #/content\s*:\s*([^;}]*)/#)
    where match.1.contains(#/["'][^"']*[a-z0-9\\][^"']*["']/#) {
      found.append(
        refused("text written by a style", "the figures could not be read back from it", line))
    }
    return found
  }

  private func refused(_ what: String, _ why: String, _ line: Int) -> Diagnostic {
    Diagnostic(
      "publish.markup", .error, at: "\(path):\(line)", "\(what) is not allowed here", why: why,
      fix: "take it out of the template")
  }
}

/// What the elements of a page may be and may do. Everything here is a list of what is allowed.
enum HTMLRules {
  /// How an element is read.
  enum Element: Sendable { case plain, void, raw, root }

  static let elements = NameTable<Element>(
    words(
      """
      html head title meta style link body header nav main footer section article aside h1 h2 h3 h4
      h5 h6 hgroup address p hr pre blockquote ol ul li dl dt dd figure figcaption div a em strong
      small s cite q dfn abbr data time code var samp kbd sub sup i b u mark bdi bdo span br wbr ins
      del table caption colgroup col tbody thead tfoot tr td th details summary img label progress
      meter output menu search
      svg g path rect circle line polyline polygon ellipse text tspan desc defs use symbol
      lineargradient radialgradient stop clippath mask pattern marker
      """
    ).map { name in
      switch name {
      case "html": (name, .root)
      case "style", "title": (name, .raw)
      default: (name, voidElements.contains(name) ? .void : .plain)
      }
    })

  /// Elements whose finding is called `pages.script`: they run something or hold another page.
  static let scripts: Set<String> = words(
    "script iframe frame frameset object embed applet noscript")

  static let voidElements: Set<String> = words("meta link hr br wbr col img")

  /// Values of `rel` of a `<link>`; the others would fetch something for a browser's own use.
  private static let relations: Set<String> = words(
    "stylesheet icon next prev up start contents index help license")

  /// Attributes that make a browser load or send something, or change where addresses lead.
  private static let loading: Set<String> = words(
    """
    srcset imagesrcset srcdoc action formaction background poster ping data codebase code archive
    classid manifest longdesc lowsrc dynsrc profile usemap xml:base
    """)

  /// Attributes with a value of CSS.
  private static let styled: Set<String> = words(
    "style fill stroke filter mask clip-path marker marker-start marker-mid marker-end cursor")

  /// What is to be done with an attribute.
  enum Role: Sendable {
    case harmless, id, address, figure
    /// Told by ``check(_:_:line:page:)``.
    case other
  }

  static func role(of name: PackedName) -> Role {
    if name.beginsWithOn { return .other }
    return name.count > 16 ? .harmless : roles[name] ?? .harmless
  }

  private static let roles = NameTable<Role>(
    [
      ("class", .harmless), ("id", .id), ("data-figure", .figure), ("href", .address),
      ("xlink:href", .address), ("src", .address), ("http-equiv", .other), ("rel", .other),
    ] + (loading.sorted() + styled.sorted()).map { ($0, .other) })

  /// Notes where an attribute that is neither an id nor a figure leads; gives what is wrong with
  /// it.
  static func check(
    _ element: String, _ attribute: HTMLAttribute, line: Int, page: inout Page
  ) -> [Page.Fault] {
    func fault(_ id: String, _ text: String) -> [Page.Fault] {
      [Page.Fault(id: id, line: line, text: text)]
    }
    switch attribute.name {
    case let name where name.hasPrefix("on"):
      return fault("script", "<\(element)> has '\(name)', which runs something")
    case let name where loading.contains(name):
      return fault("loads", "<\(element)> has '\(name)', which loads something")
    case "href", "xlink:href", "src":
      switch Reference(attribute.value, element: element, attribute: attribute.name) {
      case .local(let link): page.add(link, line: line)
      case .harmless: break
      case .refused(let id, let text): return fault(id, text)
      }
    case let name where styled.contains(name):
      if let text = CSSRules.fault(in: Array(attribute.value.utf8)[...]) {
        return fault("loads", text)
      }
    case "http-equiv" where attribute.value.lowercased() != "content-security-policy":
      return fault("loads", "<meta> has 'http-equiv', which can lead elsewhere")
    case "rel" where element == "link" && !relations.contains(attribute.value):
      return fault("loads", "<link> has the relation '\(attribute.value)'")
    default: break
    }
    return []
  }
}

/// Where the address in an attribute leads.
private enum Reference {
  case local(Page.Link)
  /// Loads nothing by itself and stays the reader's choice, or carries its own bytes.
  case harmless
  case refused(id: String, text: String)

  init(_ value: String, element: String, attribute: String) {
    func place() -> String { "'\(attribute)' of <\(element)>" }
    let isOdd = value.utf8.contains { $0 <= 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "\\") }
    if isOdd || value.hasPrefix("/") {
      self = .refused(id: "outside", text: "\(place()) is no plain relative address")
    } else if let scheme = scheme(of: value) {
      self = Self.absolute(value, scheme: scheme, element: element, place: place)
    } else if element == "use" && !value.hasPrefix("#") {
      self = .refused(id: "loads", text: "\(place()) loads another file")
    } else if !allowed.contains("\(element) \(attribute)") {
      self = .refused(id: "loads", text: "\(place()) loads something")
    } else {
      self = Self.relative(value, place: place)
    }
  }

  private static func absolute(
    _ value: String, scheme: String, element: String, place: () -> String
  ) -> Reference {
    let isPicture = ["png", "gif", "jpeg", "webp"].contains {
      value.lowercased().hasPrefix("data:image/\($0);base64,")
    }
    switch (element, scheme) {
    case ("a", "http"), ("a", "https"), ("a", "mailto"): return .harmless
    case ("img", "data") where isPicture: return .harmless
    case (_, "javascript"), (_, "vbscript"):
      return .refused(id: "script", text: "\(place()) runs something")
    default:
      return .refused(id: "outside", text: "\(place()) leads out of the package (\(scheme):)")
    }
  }

  private static func relative(_ value: String, place: () -> String) -> Reference {
    let hash = value.utf8.firstIndex(of: UInt8(ascii: "#")) ?? value.endIndex
    guard !value[..<hash].utf8.contains(UInt8(ascii: "?")),
      let path = percentDecoded(value[..<hash]),
      let fragment = percentDecoded(value[hash...].dropFirst())
    else { return .refused(id: "outside", text: "\(place()) is no plain relative address") }
    return .local(Page.Link(path: path, fragment: fragment))
  }
}

private let allowed: Set<String> = [
  "a href", "a xlink:href", "link href", "img src", "use href", "use xlink:href",
]

private func words(_ text: String) -> Set<String> {
  Set(text.split { $0.isWhitespace }.map(String.init))
}

/// The scheme of an address in lower case; nil when it has none (RFC 3986, 3.1).
func scheme(of address: some StringProtocol) -> String? {
  guard let colon = address.utf8.firstIndex(of: UInt8(ascii: ":")),
    let first = address.utf8.first, isLetter(first)
  else { return nil }
  let scheme = address.utf8[..<colon]
  let isScheme = scheme.allSatisfy { isLetter($0) || isDigit($0) || "+-.".utf8.contains($0) }
  return isScheme ? String(decoding: scheme.map(lowered), as: UTF8.self) : nil
}

/// Text with `%41` read as `A`; nil when an escape is broken or the result is no UTF-8.
func percentDecoded(_ text: some StringProtocol) -> String? {
  if !text.utf8.contains(UInt8(ascii: "%")) { return String(text) }
  var out: [UInt8] = []
  var rest = Array(text.utf8)[...]
  while let byte = rest.popFirst() {
    guard byte == UInt8(ascii: "%") else {
      out.append(byte)
      continue
    }
    guard rest.count >= 2,
      let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), value != 0
    else { return nil }
    out.append(value)
    rest = rest.dropFirst(2)
  }
  return String(validating: out, as: UTF8.self)
}

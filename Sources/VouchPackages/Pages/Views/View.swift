import Mustache

/// What a template can read: a value with named fields.
///
/// The fields are declared once, with their names, so that a template can be checked before it is
/// rendered, also in sections that are empty today.
protocol View: MustacheParent, Sendable {
  static var fields: Fields<Self> { get }
}

extension View {
  func child(named name: String) -> Any? { Self.fields[name]?.value(self) }

  static var shape: ViewShape {
    ViewShape(name: String(describing: Self.self)) { fields.shapes }
  }
}

/// The named fields of a view.
struct Fields<Owner>: Sendable, ExpressibleByArrayLiteral {
  private let byName: [String: Field<Owner>]

  init(arrayLiteral fields: Field<Owner>...) {
    byName = Dictionary(fields.map { ($0.name, $0) }) { first, _ in first }
  }

  subscript(name: String) -> Field<Owner>? { byName[name] }
  var shapes: [String: Shape] { byName.mapValues { $0.shape() } }
}

/// One named field: what kind of value it is, and how to get it.
struct Field<Owner>: Sendable {
  let name: String
  let shape: @Sendable () -> Shape
  let value: @Sendable (Owner) -> Any?

  /// One line of text, made visible and escaped; an empty text is false in a section.
  static func text(
    _ name: String, limit: Int = 2000, _ get: @escaping @Sendable (Owner) -> String
  ) -> Field {
    Field(name: name, shape: { .text }) { Text(VisibleText.clean(get($0), limit: limit)) }
  }

  /// Text with line breaks of its own: paragraphs, SQL.
  static func prose(
    _ name: String, limit: Int = 60_000, _ get: @escaping @Sendable (Owner) -> String
  ) -> Field {
    Field(name: name, shape: { .text }) { Text(VisibleText.clean(get($0), .many, limit: limit)) }
  }

  /// Markup of our own making, for `{{{name}}}`.
  static func markup(_ name: String, _ get: @escaping @Sendable (Owner) -> Markup) -> Field {
    Field(name: name, shape: { .markup }) { get($0) }
  }

  static func flag(_ name: String, _ get: @escaping @Sendable (Owner) -> Bool) -> Field {
    Field(name: name, shape: { .flag }) { get($0) }
  }

  static func object<V: View>(
    _ name: String, _ type: V.Type, _ get: @escaping @Sendable (Owner) -> V
  ) -> Field {
    Field(name: name, shape: { .object(V.shape) }) { get($0) }
  }

  /// A value that may be missing: its section is skipped then.
  static func maybe<V: View>(
    _ name: String, _ type: V.Type, _ get: @escaping @Sendable (Owner) -> V?
  ) -> Field {
    Field(name: name, shape: { .object(V.shape) }) { get($0) ?? Nothing() as Any }
  }

  static func list<V: View>(
    _ name: String, _ type: V.Type, _ get: @escaping @Sendable (Owner) -> [V]
  ) -> Field {
    Field(name: name, shape: { .list(V.shape) }) { get($0) }
  }

  /// The words of the page's language.
  static func words(_ name: String, _ get: @escaping @Sendable (Owner) -> Words) -> Field {
    Field(name: name, shape: { .words }) { get($0).root }
  }
}

/// What kind of value a name stands for.
enum Shape: Sendable {
  case text, markup, flag, words
  case object(ViewShape)
  case list(ViewShape)
}

/// The fields of a view, by name.
struct ViewShape: Sendable {
  let name: String
  private let make: @Sendable () -> [String: Shape]

  init(name: String, _ make: @escaping @Sendable () -> [String: Shape]) {
    self.name = name
    self.make = make
  }

  var fields: [String: Shape] { make() }
}

/// Text as Mustache takes it fastest; empty text is false.
struct Text: MustacheCustomRenderable, MustacheTransformable, MustacheParent, Sendable {
  let renderText: String

  init(_ text: String) { renderText = text }

  var isNull: Bool { renderText.isEmpty }
  /// Spares Mustache the reflection it would look for names with.
  func child(named: String) -> Any? { nil }
  func transform(_ name: String) -> Any? { renderText.transform(name) }
}

/// Markup that our own code wrote, with every text in it escaped.
struct Markup: MustacheCustomRenderable, Sendable {
  let renderText: String

  init(_ markup: String) { renderText = markup }

  var isNull: Bool { renderText.isEmpty }
}

/// A missing value: not nil, because Mustache would then look for the name further out.
struct Nothing: MustacheCustomRenderable, Sendable {
  var renderText: String { "" }
  var isNull: Bool { true }
}

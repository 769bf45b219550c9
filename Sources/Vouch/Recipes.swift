import VouchControls
import VouchModel

/// A ready source for `vouch.yaml`, from `templates/sources/NAME.yaml`.
public struct Recipe: Sendable {
  /// Name of its file without `.yaml`.
  public let name: String
  /// What the source is called in the entry.
  public let source: String
  public let title: String
  public let format: String
  /// Names of the record types it feeds.
  public let gives: [String]
  /// What the file says above the entry: what to set and what to mind.
  public let introduction: [String]
  /// The source's own lines, as the file has them, indented by two.
  public let lines: [String]

  /// Reads a recipe; nil and what is wrong when it cannot be used.
  public static func read(
    _ text: String, file: String
  ) -> (recipe: Recipe?, diagnostics: [Diagnostic]) {
    let reader = YAMLReader(file: file, topic: "recipe")
    guard let map = reader.open(text) else { return (nil, reader.problems) }
    let source = map.required("name")
    let title = map.required("title")
    let gives = map.strings("gives")
    if gives.isEmpty { map.missing("gives") }
    guard let entry = map.map("entry") else {
      map.missing("entry")
      return (nil, reader.problems)
    }
    let format = entry.required("format")
    map.end()
    if !reader.problems.isEmpty { return (nil, reader.problems) }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let inside = lines.drop { $0 != "entry:" }.dropFirst().prefix { $0.isEmpty || $0.first == " " }
    let stem = file.split(separator: "/").last.map { $0.prefix { $0 != "." } } ?? ""
    return (
      Recipe(
        name: String(stem), source: source, title: title, format: format, gives: gives,
        introduction: lines.prefix { $0.hasPrefix("#") }, lines: inside.filter { !$0.isEmpty }),
      []
    )
  }

  /// The entry as it stands below `sources:`, with the introduction as a comment.
  public var entry: String {
    (introduction + ["\(source):"] + lines).map { "  \($0)\n" }.joined()
  }
}

extension Templates {
  /// The recipes in force, sorted by name, and what is wrong with the others.
  public var recipes: (all: [Recipe], diagnostics: [Diagnostic]) {
    var all: [Recipe] = []
    var diagnostics: [Diagnostic] = []
    for (file, text) in below("sources/") where file.hasSuffix(".yaml") {
      let read = Recipe.read(text, file: "templates/\(file)")
      if let recipe = read.recipe { all.append(recipe) }
      diagnostics += read.diagnostics
    }
    return (all, diagnostics)
  }
}

import Mustache
import VouchModel

/// The templates of one kind of package: read, checked against what pages have, ready to render.
struct TemplateSet: Sendable {
  let words: Words
  /// Files that the workspace brought itself, by path.
  let ownFiles: [String]
  private let library: MustacheLibrary

  /// Reads the templates of `pages` and every partial they name.
  ///
  /// - Parameters:
  ///   - folder: `templates/packages/soc2`.
  ///   - pages: what each page template gets to see, by its name without `.mustache`.
  init(
    folder: String, pages: [String: ViewShape], words: Words, source: any TemplateSource
  ) throws(Refusal) {
    self.words = words
    var trees: [String: TemplateTree] = [:]
    var library = MustacheLibrary()
    var own: [String] = []
    var pending = pages.keys.sorted()
    while let name = pending.popLast() {
      guard trees[name] == nil else { continue }
      let path = "\(folder)/\(name).mustache"
      guard let file = source.template(path) else {
        // A partial that is missing is reported by the check, at the place that names it.
        if pages[name] != nil { throw Self.missing(path) }
        continue
      }
      if file.isOwn { own.append(path) }
      let tree = try TemplateTree(file)
      trees[name] = tree
      pending += Self.partials(tree.nodes)
      library.register(try Self.parsed(file, words), named: name)
    }
    var check = TemplateCheck(trees: trees, words: words)
    for (name, shape) in pages.sorted(by: { $0.key < $1.key }) { check.check(name, against: shape) }
    guard check.problems.isEmpty else { throw Refusal(.data, Self.unique(check.problems)) }
    self.library = library
    ownFiles = own.sorted()
  }

  func render(_ page: String, _ view: some View) -> String {
    library.render(view, withTemplate: page) ?? ""
  }

  private static func parsed(
    _ file: TemplateFile, _ words: Words
  ) throws(Refusal) -> MustacheTemplate {
    do {
      guard EscapedHTML.isRegistered else { throw missing(file.path) }
      return try MustacheTemplate(
        string: EscapedHTML.pragma + WordsInPlace.written(file.text, words))
    } catch {
      // One line less: the pragma's.
      let line = ((error as? MustacheTemplate.ParserError)?.context.lineNumber ?? 2) - 1
      throw Refusal(
        .data,
        Diagnostic(
          "template.syntax", .error, at: "\(file.path):\(line)", "a tag of this line is malformed",
          fix: "see mustache(5) for how tags open and close"))
    }
  }

  private static func partials(_ nodes: [TemplateTree.Node]) -> [String] {
    nodes.flatMap { node -> [String] in
      switch node {
      case .partial(let name, _, let blocks):
        [name] + blocks.sorted { $0.key < $1.key }.flatMap { partials($0.value) }
      case .section(_, _, _, let inner), .block(_, _, let inner): partials(inner)
      case .value, .refused: []
      }
    }
  }

  private static func missing(_ path: String) -> Refusal {
    Refusal(
      .data,
      Diagnostic(
        "template.missing-file", .error, at: path, "there is no such template",
        fix: "remove the workspace's own folder to get the built-in templates back"))
  }

  /// A partial that several pages share has its problem once.
  private static func unique(_ problems: [Diagnostic]) -> [Diagnostic] {
    var seen = Set<Diagnostic>()
    return problems.filter { seen.insert($0).inserted }
  }
}

import Foundation
import Testing
import Vouch
import VouchCapture
import VouchCollectors
import VouchControls
import VouchModel

/// Recipes can be copied: what `vouch sources show` prints loads below `sources:`.
@Suite struct RecipeLoadingTests {
  private static let recipes = Templates(files: Templates.builtIn).recipes
  private static let library = ControlLibrary(
    templates: Templates(files: Templates.builtIn).below(""))

  private static func source(_ entry: String) throws -> Source {
    let text = """
      organization: {name: Acme}
      system: {name: Shop}
      zone: UTC
      period: 2026-Q3
      sources:

      """
    return try #require(
      try Configuration(text: text + entry, file: "vouch.yaml", library: library).sources.first)
  }

  @Test func everyRecipeIsRead() {
    #expect(Self.recipes.diagnostics.map(\.rendered) == [])
    #expect(Self.recipes.all.count >= 100)
  }

  @Test(arguments: recipes.all.map(\.name)) func loadsAsItIsPrinted(_ name: String) throws {
    let recipe = try #require(Self.recipes.all.first { $0.name == name })
    let source = try Self.source(recipe.entry)
    #expect(source.name == recipe.source)
    #expect(source.format == recipe.format)
    if case .http(let request) = source.transport { try check(request, name) }
    if case .file(let patterns) = source.transport {
      // The glob of the C library knows no **.
      #expect(!patterns.contains { $0.contains("**") })
    }
    if recipe.format == "table" {
      let (mapping, problems) = TableMapping.read(source.options, source: source.name, at: name)
      #expect(mapping != nil && problems.isEmpty)
      #expect(mapping.map { [$0.record.name] } == recipe.gives)
    }
  }

  /// An http recipe names its secrets by variable, and a list says where its items are.
  private func check(_ request: Source.HTTPRequest, _ name: String) throws {
    let open = ["accept", "consistencylevel"]
    for (header, value) in request.headers where !open.contains(header.lowercased()) {
      #expect(value.contains("${"), "\(name): \(header) has its value in the file")
    }
    switch request.paging {
    case .none, .link: break
    case .offset(_, _, _, let items, _), .page(_, _, let items, _), .cursor(_, _, let items):
      #expect(items.isEmpty || items.hasPrefix("/"), "\(name): items is a JSON pointer")
    case .body(let next, let items, _):
      #expect(next.hasPrefix("/") && items.hasPrefix("/"))
    }
  }

  /// Comments offer another transport in one line; that has to load too.
  @Test(arguments: recipes.all.map(\.name)) func theAlternativeInItsCommentLoads(_ name: String)
    throws
  {
    let recipe = try #require(Self.recipes.all.first { $0.name == name })
    for line in recipe.introduction {
      guard let start = line.firstRange(of: "entry: {"), line.hasSuffix("}") else { continue }
      _ = try Self.source("  other: \(line[line.index(start.lowerBound, offsetBy: 7)...])\n")
    }
  }

  /// Every format that a person would configure has a recipe.
  @Test func everyFormatHasARecipe() {
    let formats = Set(Collectors.all.map { $0.format })
    let missing = formats.subtracting(Self.recipes.all.map(\.format))
    // Archives are told by content in any source; sshd_config is refused in favour of sshd -T.
    #expect(missing.subtracting(["archive", "sshd_config"]) == [])
  }
}

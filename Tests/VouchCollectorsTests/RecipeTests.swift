import Foundation
import Testing
import VouchCollectors

/// `templates/sources/NAME.yaml` holds ready entries for `vouch.yaml`.
@Suite struct RecipeTests {
  @Test(arguments: Recipe.all)
  func namesAFormatThatExistsAndWhatItGives(_ recipe: Recipe) throws {
    let format = try #require(recipe.value(of: "format"), "add format: to \(recipe.name)")
    let collector = try #require(
      Collectors.named(format), "no collector has the format '\(format)'")
    let gives = Set(recipe.list("gives"))
    #expect(!gives.isEmpty, "add gives: [record type, …] to \(recipe.name)")
    let known = Set(collector.gives.map(\.name))
    // A table's record type is chosen in the entry.
    if !known.isEmpty { #expect(gives.isSubset(of: known)) }
  }

  @Test(arguments: Recipe.all)
  func saysWhatItReadsBeforeTheEntry(_ recipe: Recipe) {
    #expect(recipe.lines.first?.hasPrefix("# ") == true, "begin \(recipe.name) with a comment")
    #expect(recipe.value(of: "title") != nil)
    #expect(recipe.value(of: "name") != nil)
  }
}

struct Recipe: Sendable, CustomTestStringConvertible {
  let name: String
  let lines: [String]
  var testDescription: String { name }

  static let all: [Recipe] = {
    let folder = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "templates/sources")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".yaml") }.sorted().compactMap { name in
      let text = try? String(contentsOf: folder.appending(path: name), encoding: .utf8)
      return text.map { Recipe(name: name, lines: $0.components(separatedBy: "\n")) }
    }
  }()

  /// What stands behind `key:` at the beginning of a line, or one level in.
  func value(of key: String) -> String? {
    lines.first { $0.hasPrefix("\(key): ") || $0.hasPrefix("  \(key): ") }
      .map { $0.trimmingCharacters(in: .whitespaces).dropFirst(key.count + 2) }
      .map(String.init)
  }

  /// The words of `key: [a, b]`.
  func list(_ key: String) -> [String] {
    (value(of: key) ?? "").split { "[], ".contains($0) }.map(String.init)
  }
}

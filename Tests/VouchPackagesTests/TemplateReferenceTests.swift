import Foundation
import Testing

@testable import VouchPackages

/// `README.md` of each kind of template lists the values that the templates can use; the list is
/// made from the program.
@Suite struct TemplateReferenceTests {
  private static let kinds: [(folder: String, shapes: [String: ViewShape])] = [
    (SOC2Pages.folder, SOC2Pages.shapes), (PublicPages.folder, PublicPages.shapes),
  ]
  private static let mark = "<!-- From here on the list is made by the program. -->\n"

  @Test(arguments: kinds.indices)
  func theListOfValuesIsUpToDate(kind: Int) throws {
    let (folder, shapes) = Self.kinds[kind]
    let url = Sample.root.appending(path: "\(folder)/README.md")
    let text = try String(contentsOf: url, encoding: .utf8)
    let head = try #require(text.firstRange(of: Self.mark)?.upperBound)
    let made = text[..<head] + Self.reference(shapes)
    if ProcessInfo.processInfo.environment["VOUCH_RECORD"] != nil {
      try Data(made.utf8).write(to: url)
    }
    #expect(
      text == made, "README.md is stale: run the tests of VouchPackages with VOUCH_RECORD=1")
  }

  @Test(arguments: kinds.indices)
  func itNamesEveryPageTemplateThereIs(kind: Int) throws {
    let (path, shapes) = Self.kinds[kind]
    let folder = Sample.root.appending(path: path)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    let pages = names.filter { $0.hasSuffix(".html.mustache") }.map { $0.dropLast(9) }
    let named = shapes.keys.filter { $0.hasSuffix(".html") }
    #expect(Set(pages) == Set(named.map { $0[...] }))
  }

  private static func reference(_ shapes: [String: ViewShape]) -> String {
    var text = "\n"
    var pending: [ViewShape] = []
    for (page, shape) in shapes.sorted(by: { $0.key < $1.key }) {
      text += "- `\(page).mustache` sees a `\(shape.name)`\n"
      pending.append(shape)
    }
    var described = Set<String>()
    while !pending.isEmpty {
      let shape = pending.removeFirst()
      guard described.insert(shape.name).inserted else { continue }
      text += "\n### \(shape.name)\n\n"
      for (name, field) in shape.fields.sorted(by: { $0.key < $1.key }) {
        text += "- `\(name)`: \(description(of: field))\n"
        if case .object(let inner) = field { pending.append(inner) }
        if case .list(let inner) = field { pending.append(inner) }
      }
    }
    return text
  }

  private static func description(of shape: Shape) -> String {
    switch shape {
    case .text: "text"
    case .markup: "markup, for `{{{…}}}`"
    case .flag: "true or false"
    case .words: "the words of the language"
    case .object(let view): "`\(view.name)`"
    case .list(let view): "list of `\(view.name)`"
    }
  }
}

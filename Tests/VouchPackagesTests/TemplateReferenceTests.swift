import Foundation
import Testing

@testable import VouchPackages

/// `templates/packages/soc2/README.md` lists the values that each template can use; the list is
/// made from the program.
@Suite struct TemplateReferenceTests {
  private static let path = "\(SOC2Pages.folder)/README.md"
  private static let mark = "<!-- From here on the list is made by the program. -->\n"

  @Test func theListOfValuesIsUpToDate() throws {
    let url = Sample.root.appending(path: Self.path)
    let text = try String(contentsOf: url, encoding: .utf8)
    let head = try #require(text.firstRange(of: Self.mark)?.upperBound)
    let made = text[..<head] + Self.reference()
    if ProcessInfo.processInfo.environment["VOUCH_RECORD"] != nil {
      try Data(made.utf8).write(to: url)
    }
    #expect(
      text == made, "README.md is stale: run the tests of VouchPackages with VOUCH_RECORD=1")
  }

  @Test func itNamesEveryPageTemplateThereIs() throws {
    let folder = Sample.root.appending(path: SOC2Pages.folder)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    let pages = names.filter { $0.hasSuffix(".html.mustache") }.map { $0.dropLast(9) }
    #expect(Set(pages) == Set(SOC2Pages.shapes.keys.map { $0[...] }))
  }

  private static func reference() -> String {
    var text = "\n"
    var pending: [ViewShape] = []
    for (page, shape) in SOC2Pages.shapes.sorted(by: { $0.key < $1.key }) {
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

import Foundation

/// `EmbedTool OUTPUT ROOT FILE...`: writes the text of the files as one Swift string literal.
@main struct EmbedTool {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    guard arguments.count >= 2 else { return }
    let root = arguments[1].hasSuffix("/") ? arguments[1] : arguments[1] + "/"
    var literal = ""
    for path in arguments.dropFirst(2) {
      let text = try String(contentsOfFile: path, encoding: .utf8)
      literal += escaped(String(path.dropFirst(root.count))) + "\\u{1}" + escaped(text) + "\\u{2}"
    }
    let swift = """
      /// The folder `templates/` as the program was built with it: name, U+0001, text, U+0002.
      enum BuiltInTemplates {
        static let text: StaticString = "\(literal)"
      }

      """
    try swift.write(toFile: arguments[0], atomically: true, encoding: .utf8)
  }

  static func escaped(_ text: String) -> String {
    var out = ""
    out.reserveCapacity(text.utf8.count + 64)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": out += "\\\\"
      case "\"": out += "\\\""
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case "\0": out += "\\0"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}

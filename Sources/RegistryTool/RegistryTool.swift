import Foundation

/// `RegistryTool OUTPUT FILE...`: writes a Swift list of the collectors that the files are named after.
@main struct RegistryTool {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard let output = arguments.first else { return }
    let names = arguments.dropFirst()
      .map { URL(fileURLWithPath: $0).deletingPathExtension().lastPathComponent }
      .sorted()
    let text = """
      import VouchModel

      extension Collectors {
        /// Every collector, by the order of its name.
        public static let all: [any Collector.Type] = [
      \(names.map { "    \($0).self," }.joined(separator: "\n"))
        ]
      }

      """
    try text.write(toFile: output, atomically: true, encoding: .utf8)
  }
}

import Foundation
import PackagePlugin

/// Carries the folder `templates/` in the program, so that an installed `vouch` works in an empty
/// folder.
@main struct EmbedTemplates: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let root = context.package.directoryURL.appending(path: "templates")
    let output = context.pluginWorkDirectoryURL.appending(path: "BuiltInTemplates.swift")
    let enumerator = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
    let inputs = (enumerator?.compactMap { $0 as? URL } ?? [])
      .filter { !$0.hasDirectoryPath && !$0.lastPathComponent.hasPrefix(".") }
      .sorted { $0.path < $1.path }
    return [
      .buildCommand(
        displayName: "Embedding templates",
        executable: try context.tool(named: "EmbedTool").url,
        arguments: ([output, root] + inputs).map { $0.path(percentEncoded: false) },
        inputFiles: inputs, outputFiles: [output])
    ]
  }
}

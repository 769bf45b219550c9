import Foundation
import PackagePlugin

/// Writes the list of all collectors, so that adding a source is adding one file.
///
/// A file named `SomethingCollector.swift` declares `enum SomethingCollector: Collector`.
@main struct RegisterCollectors: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    guard let target = target as? SourceModuleTarget else { return [] }
    let inputs = target.sourceFiles(withSuffix: "Collector.swift").map(\.url)
    let output = context.pluginWorkDirectoryURL.appending(path: "CollectorRegistry.swift")
    return [
      .buildCommand(
        displayName: "Registering collectors",
        executable: try context.tool(named: "RegistryTool").url,
        // percentEncoded: false, because a folder may have a space in its name.
        arguments: ([output] + inputs).map { $0.path(percentEncoded: false) },
        inputFiles: inputs, outputFiles: [output])
    ]
  }
}

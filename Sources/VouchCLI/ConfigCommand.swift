import ArgumentParser
import Vouch
import VouchControls
import VouchModel

struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Check the configuration, or print its JSON Schema.",
    subcommands: [Check.self, Schema.self], defaultSubcommand: Check.self)

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Load vouch.yaml and all templates and tell everything that is wrong with them.",
      discussion: """
        Exit status 0: nothing is wrong; warnings may be shown. 65: errors, each with file, line
        and fix.

        Example:
          vouch config check
        """)
    @OptionGroup var options: WorkspaceOptions

    func run() throws {
      let result = try ConfigurationCheck(workspace: options.workspace)
      for problem in result.problems { Terminal.error(problem.rendered) }
      Terminal.out(result.summary)
      if result.hasErrors { throw Refusal(.data, []) }
    }
  }

  struct Schema: ParsableCommand {
    enum Kind: String, ExpressibleByArgument, CaseIterable { case vouch, control }

    static let configuration = CommandConfiguration(
      abstract: "Print the JSON Schema of vouch.yaml or of control files, for editors.",
      discussion: """
        It knows the controls, parameters and record types of the workspace. An editor finds it by
        the first line of the file: # yaml-language-server: $schema=vouch.schema.json

        Examples:
          vouch config schema > vouch.schema.json
          vouch config schema control > control.schema.json
        """)
    @OptionGroup var options: WorkspaceOptions
    @Argument(help: "vouch or control.")
    var kind = Kind.vouch

    func run() throws {
      let library = ControlLibrary(templates: try Templates(workspace: options.workspace).below(""))
      Terminal.write(
        kind == .vouch ? FileSchemas.configuration(library) : FileSchemas.control(library))
    }
  }
}

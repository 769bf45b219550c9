import ArgumentParser
import Vouch
import VouchControls
import VouchModel

struct ControlsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "controls",
    abstract: "List and lint the controls.",
    subcommands: [List.self, Lint.self], defaultSubcommand: List.self)

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List all controls.")
    @OptionGroup var options: WorkspaceOptions

    func run() throws {
      let library = ControlLibrary(
        templates: try Templates(workspace: options.workspace).below(""))
      for file in library.files {
        let c = file.control
        Terminal.out(
          "\(c.id)  \(c.category.rawValue)  \(c.criteria.joined(separator: " "))  \(c.title)")
      }
      try refuse(library.diagnostics)
    }
  }

  struct Lint: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Check control files: SQL, examples, wording.")
    @OptionGroup var options: WorkspaceOptions
    @Argument(help: "Controls to check; all when none is named.")
    var ids: [String] = []

    func run() throws {
      let library = ControlLibrary(
        templates: try Templates(workspace: options.workspace).below(""))
      var problems = library.diagnostics
      var count = 0
      for file in library.files where ids.isEmpty || ids.contains(file.control.id) {
        problems += try ControlLint.lint(file, defaults: library.defaults)
        count += 1
      }
      for id in ids where library.control(id) == nil {
        throw Refusal(
          .noInput,
          Diagnostic(
            "control.none", .error, "there is no control '\(id)'",
            fix: nearest(to: id, among: library.files.map(\.control.id)).map {
              "did you mean '\($0)'?"
            }
              ?? "vouch controls lists them"))
      }
      for problem in problems { Terminal.error(problem.rendered) }
      Terminal.error("\(count) controls checked, \(problems.count) problems")
      if problems.contains(where: { $0.severity == .error }) { throw Refusal(.data, []) }
    }
  }
}

/// Ends the command with status 65 when one of the diagnostics is an error.
func refuse(_ diagnostics: [Diagnostic]) throws {
  if diagnostics.contains(where: { $0.severity == .error }) { throw Refusal(.data, diagnostics) }
}

// The completion script for PowerShell, Windows PowerShell 5.1 too; as thin as the others, see posix-scripts.ts.

/**
 * No argument is empty, since Windows PowerShell drops those of native commands, and none is "--", which it keeps to itself when
 * portlease is a script of npm. https://learn.microsoft.com/powershell/module/microsoft.powershell.core/register-argumentcompleter,
 * https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_parsing
 */
export const powershellScript = `# Completion of portlease for PowerShell. For each session from now on, add this line to the file $PROFILE:
#   portlease completion powershell | Out-String | Invoke-Expression
# or run it for this one.

$names = @('portlease', 'portlease.cmd', 'portlease.ps1')
Register-ArgumentCompleter -Native -CommandName $names -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $program = $commandAst.CommandElements[0].Extent.Text
    $words = @($commandAst.CommandElements |
        Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object {
            if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value }
            else { $_.Extent.Text }
        } |
        Where-Object { $_ -ne '' })
    & $program __complete "=$wordToComplete" @words 2> $null |
        Where-Object { -not $_.StartsWith(':') } |
        ForEach-Object {
            $text, $note = $_ -split "\`t", 2
            if (-not $note) { $note = $text }
            $inserted = if ($text -match '[\\s"'';&|<>(){}$@*]') { "'" + $text.Replace("'", "''") + "'" } else { $text }
            [System.Management.Automation.CompletionResult]::new($inserted, $text, 'ParameterValue', $note)
        }
}
`;

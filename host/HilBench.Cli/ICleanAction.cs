namespace HilBench.Cli;

/// <summary>Marks an action that runs although the rest of the command line has errors: help and version.</summary>
internal interface ICleanAction;

/**
 * Replaces $(NAME) by the value of the variable, as Kubernetes does: a name that is not known stays as it is, $$ is one
 * dollar sign, so that $$(NAME) gives the text $(NAME).
 */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (whole, name: string | undefined) => {
    if (name === undefined) return '$';
    return Object.hasOwn(variables, name) ? (variables[name] ?? whole) : whole;
  });
}

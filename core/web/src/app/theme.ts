import {
  createTheme, type ActionIconProps, type ButtonProps, type MenuProps, type ModalProps, type PasswordInputProps, type PopoverProps, type SelectProps,
  type TextareaProps, type TextInputProps, type TooltipProps,
} from '@mantine/core';

/** Names no component itself, only its type: what the theme imports would be in the first script of every screen. */
function defaults<Props>(defaultProps: Partial<Props>) {
  return { defaultProps };
}

/** Behaviour only; colours and sizes are custom properties in `tokens.css`. */
export const theme = createTheme({
  primaryColor: 'teal',
  defaultRadius: 'sm',
  cursorType: 'pointer',
  components: {
    Button: defaults<ButtonProps>({ size: 'xs' }),
    ActionIcon: defaults<ActionIconProps>({ variant: 'subtle', color: 'gray', size: 'md' }),
    TextInput: defaults<TextInputProps>({ size: 'xs' }),
    PasswordInput: defaults<PasswordInputProps>({ size: 'xs' }),
    Textarea: defaults<TextareaProps>({ size: 'xs' }),
    Select: defaults<SelectProps>({ size: 'xs' }),
    Tooltip: defaults<TooltipProps>({ openDelay: 350, withArrow: false, transitionProps: { duration: 80 } }),
    Menu: defaults<MenuProps>({ shadow: 'md', transitionProps: { duration: 80 } }),
    Popover: defaults<PopoverProps>({ shadow: 'md', transitionProps: { duration: 80 } }),
    // Nothing scrolls behind a dialog, and the scroll lock would need an inline style.
    Modal: defaults<ModalProps>({ lockScroll: false, centered: true, transitionProps: { duration: 100 } }),
  },
});
